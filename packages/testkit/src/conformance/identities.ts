// The part of the transports' suite that is about who the members are: see TransportReceiver.
import assert from 'node:assert/strict'
import type { NodeId } from '@oarlock/core'
import type { MemberIdentity, Refusal } from '@oarlock/runtime'
import { link, numbered, numbersFrom, type Station, to } from './station.ts'

/** Opens a member at its address, after `prepare`. */
export type Open = (id: 'a' | 'b' | 'c', prepare?: (station: Station) => void) => Promise<Station>
type Check = (title: string, body: (open: Open) => Promise<void>) => void

const refusal: Refusal = { reason: 'other-founders', detail: 'it was started with other peers' }

const refusing =
  (peer: NodeId) =>
  (station: Station): void => {
    station.judge = ({ id }, answer) => answer(id === peer ? refusal : null)
  }

const stateOf = (station: Station, peer: Station) => station.transport.links?.().get(peer.id)?.state

export function identityChecks(check: Check): void {
  check('shows the two members to each other before any message, and says when both agree', async (open) => {
    const known = (station: Station): void => {
      station.onReceive = () => assert.ok(station.met.has('a') || station.met.has('b'))
    }
    const [a, b] = await Promise.all([open('a', known), open('b', known)])
    await Promise.all([link(a, b), link(b, a)])
    assert.deepEqual(a.met.get('b'), b.identity)
    assert.deepEqual(b.met.get('a'), a.identity)
    await a.until(() => a.acceptedBy.has('b'))
    await b.until(() => b.acceptedBy.has('a'))
    assert.deepEqual([stateOf(a, b), stateOf(b, a)], ['connected', 'connected'])
  })

  check('carries no message between members of which one refuses the other, and tells both', async (open) => {
    const [a, b, c] = await Promise.all([open('a', refusing('b')), open('b'), open('c')])
    await link(a, c)
    await link(b, c)
    await b.until(() => b.refusedBy.has('a'))
    await a.until(() => a.met.has('b'))
    assert.deepEqual(b.refusedBy.get('a'), refusal)
    while (stateOf(a, b) !== 'refused' || stateOf(b, a) !== 'refused') await new Promise(setImmediate)
    for (const station of [a, b]) {
      const other = station === a ? b : a
      const known = station.transport.links?.().get(other.id)
      assert.ok(known?.state === 'refused' && known.by === 'a')
      assert.deepEqual(known.refusal, refusal)
      station.transport.send([to(other.id)(numbered(1)), to('c')(numbered(1))])
    }
    await c.until(() => numbersFrom(c, 'a').length > 0 && numbersFrom(c, 'b').length > 0)
    assert.deepEqual([a.batches, b.batches], [[], []])
    assert.ok(!a.acceptedBy.has('b') && !b.acceptedBy.has('a'))
  })

  check('waits for the answer about a peer, however late it is', async (open) => {
    const answers: ((refusal: Refusal | null) => void)[] = []
    const late = (station: Station): void => {
      station.judge = (_peer: MemberIdentity, answer) => answers.push(answer)
    }
    const [a, b] = await Promise.all([open('a', late), open('b')])
    await a.until(() => answers.length > 0)
    b.transport.send([to('a')(numbered(1))])
    assert.notEqual(stateOf(b, a), 'connected')
    a.judge = (_peer, answer) => answer(null)
    for (const answer of answers) answer(null)
    await Promise.all([link(a, b), link(b, a)])
    assert.deepEqual([a.batches, b.acceptedBy.has('a')], [[], true])
  })

  check('ignores an answer that comes after it was closed', async (open) => {
    const answers: ((refusal: Refusal | null) => void)[] = []
    const a = await open('a', (station) => {
      station.judge = (_peer, answer) => answers.push(answer)
    })
    const b = await open('b')
    await a.until(() => answers.length > 0)
    await a.transport.close()
    for (const answer of answers) answer(null)
    assert.ok(!b.acceptedBy.has('a'))
  })

  check('knows since when a peer is connected, and since when it is not', async (open) => {
    const [a, b] = await Promise.all([open('a'), open('b')])
    await Promise.all([link(a, b), link(b, a)])
    const connected = a.transport.links?.().get('b')
    assert.ok(connected?.state === 'connected' && connected.since <= performance.now())
    await b.transport.close()
    await a.until(() => a.lost.includes('b'))
    const lost = a.transport.links?.().get('b')
    assert.ok(lost?.state === 'unreachable' && lost.since >= connected.since)
  })
}

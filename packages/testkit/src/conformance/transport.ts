// The tests that every Transport must pass. Run them against your own. A transport may lose messages before a
// connection stands and after it was lost, so each test first waits for its links and expects everything from
// then on.
import assert from 'node:assert/strict'
import type { Index, Term } from '@oarlock/core'
import { type Lane, laneOf, lanes, type PeerMessage, type Transport } from '@oarlock/runtime'
import { identityChecks, type Open } from './identities.ts'
import { specimens } from './specimens.ts'
import { link, linkLost, numbered, numbersFrom, Station, to } from './station.ts'
import type { TestRunner } from './test-runner.ts'

/** Members 'a', 'b' and 'c' that can reach one another. */
export interface ConformanceNetwork {
  /** A new transport, not yet open. The same id again, after `close`, is a restart at the same address. */
  transport(id: 'a' | 'b' | 'c'): Transport
  /** Called at the end of each test, with every transport closed. */
  dispose?(): Promise<void>
}

/** How correct transports differ. */
export interface TransportTraits {
  /**
   * True (the default) if the transport has a connection to each peer and reports its loss at once, as TCP
   * does. False if it notices a loss only when it sends, as a broker does that reports a message without a
   * receiver.
   */
  readonly reportsLossWithoutSending?: boolean
  /** As Transport.showsIdentities. Default true. */
  readonly showsIdentities?: boolean
}

type Check = (title: string, body: (open: Open, network: ConformanceNetwork) => Promise<void>) => void

export function transportConformance(
  name: string,
  { describe, test }: TestRunner,
  makeNetwork: () => Promise<ConformanceNetwork>,
  { reportsLossWithoutSending = true, showsIdentities = true }: TransportTraits = {},
): void {
  const check: Check = (title, body) => {
    test(title, async () => {
      const network = await makeNetwork()
      const stations: Station[] = []
      try {
        await body(async (id, prepare) => {
          const station = new Station(id, network.transport(id))
          stations.push(station)
          prepare?.(station)
          await station.open()
          return station
        }, network)
      } finally {
        await Promise.all(stations.map((station) => station.transport.close()))
        await network.dispose?.()
      }
    })
  }

  /** Resolves when `station` was told that it no longer reaches `peer`, by itself or when it sends. */
  const lossOf = (station: Station, peer: Station): Promise<void> =>
    reportsLossWithoutSending ? station.until(() => station.lost.includes(peer.id)) : linkLost(station, peer)

  describe(`${name} conforms to Transport`, () => {
    check('carries a message of every kind unchanged', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      const messages: PeerMessage[] = Object.values(specimens)
      a.transport.send(messages.map(to('b')))
      await b.until(() => b.messagesFrom('a').length >= messages.length)
      for (const lane of lanes) assert.deepEqual(inLane(b.messagesFrom('a'), lane), inLane(messages, lane))
    })

    check('keeps the order of what one peer sends to another in a lane, over many sends', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      const sent = Array.from({ length: 300 }, (_, n): PeerMessage[] => [
        numbered(n),
        { ...specimens.propose, request: n },
      ])
      for (let n = 0; n < 300; n += 3) {
        a.transport.send(
          sent
            .slice(n, n + 3)
            .flat()
            .map(to('b')),
        )
        if (n % 30 === 0) await new Promise(setImmediate)
      }
      await b.until(() => b.messagesFrom('a').length >= 600)
      for (const lane of lanes) assert.deepEqual(inLane(b.messagesFrom('a'), lane), inLane(sent.flat(), lane))
    })

    check('delivers together what was sent together', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      a.transport.send([1, 2, 3, 4].map(numbered).map(to('b')))
      await b.until(() => numbersFrom(b, 'a').length >= 4)
      assert.equal(b.batches.length, 1)
    })

    check('delivers to every peer its own messages of one send, and only those', async (open) => {
      const [a, b, c] = await Promise.all([open('a'), open('b'), open('c')])
      await Promise.all([link(a, b), link(a, c)])
      a.transport.send([1, 2, 3, 4, 5, 6].map((n) => to(n % 2 === 0 ? 'b' : 'c')(numbered(n))))
      await b.until(() => numbersFrom(b, 'a').length >= 3)
      await c.until(() => numbersFrom(c, 'a').length >= 3)
      assert.deepEqual(numbersFrom(b, 'a'), [2, 4, 6])
      assert.deepEqual(numbersFrom(c, 'a'), [1, 3, 5])
    })

    check('names the sender of a message, whatever its envelope says', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      a.transport.send([{ from: 'c', to: 'b', message: numbered(1) }])
      await b.until(() => b.batches.length > 0)
      assert.deepEqual(numbersFrom(b, 'a'), [1])
    })

    check('never receives within send', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      a.transport.send([to('b')(numbered(1))])
      assert.equal(b.batches.length, 0)
      await b.until(() => b.batches.length === 1)
    })

    check('carries entries of a mebibyte, and what comes after them', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      const append = largeAppend(3)
      a.transport.send([append, specimens.propose, numbered(1)].map(to('b')))
      await b.until(() => b.messagesFrom('a').length >= 3)
      assert.deepEqual(numbersFrom(b, 'a'), [1])
      const [arrived, after] = inLane(b.messagesFrom('a'), 'bulk')
      assert.deepEqual(after, specimens.propose)
      assert.ok(arrived?.type === 'append' && arrived.entries.length === 3)
      for (const [n, { data }] of arrived.entries.entries()) {
        assert.ok(
          Buffer.from(data).equals(Buffer.from(append.entries[n]!.data)),
          `entry ${n} is not what was sent`,
        )
      }
    })

    check('lets a heartbeat overtake the entries that were sent before it', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      const append = to('b')(largeAppend(4))
      for (let n = 0; n < 3; n++) a.transport.send([append])
      a.transport.send([to('b')(numbered(1))])
      await b.until(() => b.messagesFrom('a').length >= 4)
      const lastIn = (lane: Lane): number =>
        b.batches.findLastIndex(({ messages }) => inLane(messages, lane).length > 0)
      assert.ok(lastIn('control') <= lastIn('bulk'), 'the heartbeat waited for all entries')
    })

    check('drops a message to an unknown name, to itself, and to a peer that is down', async (open) => {
      const [a, c] = await Promise.all([open('a'), open('c')])
      await link(a, c)
      a.transport.send([])
      a.transport.send(['a', 'b', 'nobody', '__proto__', 'c'].map((id) => to(id)(numbered(1))))
      await c.until(() => numbersFrom(c, 'a').length >= 1)
      assert.equal(a.batches.length, 0)
    })

    check('receives nothing more once it closes, even if it closes while receiving', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      const closed = new Promise<void>((resolve) => {
        b.onReceive = () => resolve(b.transport.close())
      })
      for (let n = 0; n < 50; n++) {
        a.transport.send([to('b')(numbered(n))])
        await new Promise(setImmediate)
      }
      await closed
      await lossOf(a, b)
      a.transport.send([to('b')(numbered(50))])
      assert.equal(b.batches.length, 1)
    })

    check('delivers what was sent just before close', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await link(a, b)
      a.transport.send([to('b')(specimens.append)])
      a.transport.send([to('b')(specimens.timeoutNow)])
      await a.transport.close()
      await b.until(() => b.messagesFrom('a').length >= 2)
      assert.deepEqual(inLane(b.messagesFrom('a'), 'bulk'), [specimens.append])
      assert.deepEqual(inLane(b.messagesFrom('a'), 'control'), [specimens.timeoutNow])
    })

    check('reports a peer unreachable, once, when it is lost', async (open) => {
      const [a, b, c] = await Promise.all([open('a'), open('b'), open('c')])
      await Promise.all([link(a, b), link(a, c)])
      await b.transport.close()
      await lossOf(a, b)
      for (let n = 1; n <= 3; n++) {
        a.transport.send([to('b')(numbered(n)), to('c')(numbered(n))])
        await c.until(() => numbersFrom(c, 'a').length >= n)
      }
      assert.deepEqual(a.lost, ['b'])
    })

    check('reports a peer again when it has come back and is lost again', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await Promise.all([link(a, b), link(b, a)])
      await b.transport.close()
      await lossOf(a, b)
      const again = await open('b')
      await Promise.all([link(a, again), link(again, a)])
      a.lost.length = 0
      await again.transport.close()
      await lossOf(a, again)
      assert.deepEqual(a.lost, ['b'])
    })

    check('finds a peer that was restarted at its address, and sends it nothing stale', async (open) => {
      const [a, b] = await Promise.all([open('a'), open('b')])
      await Promise.all([link(a, b), link(b, a)])
      await b.transport.close()
      await lossOf(a, b)
      a.transport.send([to('b')(numbered(1))])
      const again = await open('b')
      await Promise.all([link(a, again), link(again, a)])
      a.transport.send([to('b')(numbered(2))])
      await again.until(() => again.batches.length > 0)
      assert.deepEqual(numbersFrom(again, 'a'), [2])
    })

    // By its address, which only one process can bind, or by its name, which it asks others about.
    check('refuses a name or address that is in use', async (open, network) => {
      await open('a')
      const second = new Station('a', network.transport('a'))
      await assert.rejects(second.open(), { code: 'OARLOCK_LISTEN' })
      await second.transport.close()
    })

    if (showsIdentities) identityChecks(check)

    check('closes any number of times, opened or not, and stays closed', async (open, network) => {
      const a = await open('a')
      const b = new Station('b', network.transport('b'))
      await Promise.all([a.transport.close(), a.transport.close(), b.transport.close()])
      await a.transport.close()
      a.transport.send([to('b')(numbered(1))])
      await assert.rejects(a.open(), { code: 'OARLOCK_LISTEN' })
      await assert.rejects(b.open(), { code: 'OARLOCK_LISTEN' })
    })
  })
}

const inLane = (messages: readonly PeerMessage[], lane: Lane): PeerMessage[] =>
  messages.filter((message) => laneOf(message) === lane)

function largeAppend(entries: number): Extract<PeerMessage, { readonly type: 'append' }> {
  return {
    ...specimens.append,
    entries: Array.from({ length: entries }, (_, n) => ({
      term: 7 as Term,
      index: (42 + n) as Index,
      type: 'normal',
      data: new Uint8Array(1024 * 1024).map((_, at) => (at * (n + 7)) >> 3),
    })),
  }
}

// Which members of a cluster belong together after a recovery.
import { index } from '@oarlock/core'
import { describe, expect, it, vi } from 'vitest'
import type { Generation, MemberIdentity, PeerRecord } from './identity.ts'
import { PeerIdentities } from './peer-identities.ts'

const identity = (id: string, over: Partial<MemberIdentity> = {}): MemberIdentity => ({
  id,
  cluster: 'test',
  incarnation: `${id}1`,
  starts: { count: 1, recent: [`${id}-start-1`] },
  founders: ['a', 'b'],
  purpose: 'replication',
  kind: 'full',
  electionTimeout: 500,
  ...over,
})

const first: Generation = { number: 0, id: '' }
const second: Generation = { number: 1, id: 'aa' }

/** A member of which this is recorded. Its writes are durable at once. */
function member(record: Partial<PeerRecord>, hasTakenPart = false) {
  const own = identity('a')
  const written: PeerRecord[] = []
  const founded = vi.fn()
  const peers = new PeerIdentities({
    own,
    stored: {
      incarnation: own.incarnation,
      starts: own.starts,
      record: { founded: false, peers: new Map(), ...record },
    },
    rule: 'all',
    hasTakenPart,
    write: (record, done) => {
      written.push(record)
      done(null)
    },
    founded,
    judged() {},
    failed() {},
  })
  peers.begin()
  const meet = (peer: MemberIdentity) => {
    const answer = vi.fn<(refusal: { reason: string; detail: string } | null) => void>()
    peers.meet({ peer, remote: '10.0.0.9:7401' }, answer)
    return answer.mock.lastCall![0]
  }
  return { peers, written, founded, meet }
}

describe('a member', () => {
  it('of another generation is refused, and told what to do, whichever of the two is the older one', () => {
    const old = member({ founded: true })
    const next = member({ founded: true, generation: second })
    expect(old.meet(identity('b', { generation: second }))).toEqual({
      reason: 'other-generation',
      detail: expect.stringMatching(
        /^'b' belongs to generation 1 \(aa\) of the cluster, and 'a' to generation 0\. .* start 'a' with an empty data directory: see docs\/recovery\.md$/,
      ),
    })
    expect(next.meet(identity('b'))).toMatchObject({
      reason: 'other-generation',
      detail: expect.stringContaining("start 'b' with an empty data directory"),
    })
    expect(next.meet(identity('b', { generation: second }))).toBeNull()
  })

  it('that was recovered apart is refused, too', () => {
    const { meet } = member({ founded: true, generation: second })
    expect(meet(identity('b', { generation: { number: 1, id: 'bb' } }))).toMatchObject({
      reason: 'other-generation',
      detail: expect.stringContaining('apart from each other (generations 1 (bb) and 1 (aa))'),
    })
  })

  it('of a directory from before generations belongs to the first one', () => {
    expect(member({}, true).peers.own.generation).toEqual(first)
    expect(member({ founded: true, generation: second }).peers.own.generation).toEqual(second)
  })
})

describe('a member that has not taken part', () => {
  it('has none, and is refused for none', () => {
    const { peers, meet } = member({})
    expect(peers.own.generation).toBeNull()
    expect(meet(identity('b', { generation: second }))).toBeNull()
    expect(member({ founded: true, generation: second }).meet(identity('b', { generation: null }))).toBeNull()
  })

  it('has the first one when it founds the cluster', () => {
    const { peers, written } = member({})
    peers.accepted('b')
    expect(written.at(-1)).toEqual({ founded: true, peers: new Map() })
    expect(peers.own.generation).toEqual(first)
  })

  it('has that of the member that takes it in, durably, and no other one later', () => {
    const { peers, meet, written } = member({})
    const membership = {
      version: index(7),
      members: {
        a: { incarnation: 'a1', address: null, awaited: false, isFirst: true },
        b: { incarnation: 'b1', address: null, awaited: false, isFirst: true },
      },
      removed: {},
    }
    meet(identity('b', { generation: second, membership }))
    expect(written.at(-1)).toMatchObject({ founded: true, generation: second })
    expect(peers.own.generation).toEqual(second)
    const later = { ...membership, version: index(9) }
    expect(meet(identity('b', { generation: { number: 2, id: 'cc' }, membership: later }))!.reason).toBe(
      'other-generation',
    )
    expect(peers.own.generation).toEqual(second)
  })
})

describe('a founder that is restored from a backup', () => {
  const restored = () => member({ generation: second }, true)

  it('has taken no part before the others are heard, although it has a term', () => {
    const { peers, founded, written } = restored()
    expect(peers.isFounded).toBe(false)
    expect(peers.own.generation).toEqual(second)
    peers.accepted('b')
    expect(founded).toHaveBeenCalledOnce()
    expect(written.at(-1)).toMatchObject({ founded: true, generation: second })
  })

  it('refuses one that is not, by name, until the cluster is founded', () => {
    const { meet, peers } = restored()
    expect(meet(identity('b', { generation: null }))).toEqual({
      reason: 'other-generation',
      detail:
        "'a' is restored from a backup (aa), and 'b' is not: start every founder with the same restore, see docs/recovery.md",
    })
    expect(meet(identity('b', { generation: { number: 1, id: 'bb' } }))).toMatchObject({
      reason: 'other-generation',
    })
    expect(meet(identity('b', { generation: second }))).toBeNull()
    peers.accepted('b')
    // It comes with an empty directory, and the cluster knows what it is.
    expect(meet(identity('b', { generation: null, incarnation: 'b2' }))).toMatchObject({
      reason: 'other-incarnation',
    })
  })

  it('is found by a founder that was away while a majority founded the cluster', () => {
    const { peers, meet, written } = member({})
    expect(meet(identity('b', { generation: second }))).toBeNull()
    peers.accepted('b')
    expect(written.at(-1)).toMatchObject({ founded: true, generation: second })
    expect(peers.own.generation).toEqual(second)
  })
})

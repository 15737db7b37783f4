import { index } from '@oarlock/core'
import { describe, expect, it, vi } from 'vitest'
import type { KnownPeer, MemberIdentity, PeerRecord, Refusal } from './identity.ts'
import { PeerIdentities, type PeerIdentitiesInit } from './peer-identities.ts'
import type { ShownMembership } from './shown-membership.ts'

const identity = (id: string, over: Partial<MemberIdentity> = {}): MemberIdentity => ({
  id,
  cluster: 'test',
  incarnation: `${id}-first-directory`,
  starts: { count: 1, recent: [`${id}-start-1`] },
  founders: ['a', 'b', 'c'],
  purpose: 'replication',
  kind: 'full',
  electionTimeout: 500,
  ...over,
})

/** The writes of the record end when the test says so. */
function setUp(
  over: Partial<PeerIdentitiesInit> & { record?: PeerRecord; known?: Record<string, KnownPeer> } = {},
) {
  const writes: { record: PeerRecord; done: (failure: Error | null) => void }[] = []
  const founded = vi.fn()
  const failed = vi.fn()
  const own = over.own ?? identity('a')
  const record = over.record ?? { founded: false, peers: new Map(Object.entries(over.known ?? {})) }
  const peers = new PeerIdentities({
    own,
    stored: { incarnation: own.incarnation, starts: own.starts, record },
    rule: 'all',
    hasTakenPart: false,
    write: (written, done) => writes.push({ record: written, done }),
    founded,
    judged() {},
    failed,
    ...over,
  })
  peers.begin()
  const durable = () => {
    for (const { done } of writes.splice(0)) done(null)
  }
  const meet = (peer: MemberIdentity, remote = '10.0.0.9:7401') => {
    const answer = vi.fn<(refusal: Refusal | null) => void>()
    peers.meet({ peer, remote }, answer)
    return answer
  }
  const refusal = (peer: MemberIdentity) => meet(peer).mock.calls[0]?.[0] ?? null
  return { peers, writes, founded, failed, durable, meet, refusal }
}

const knownB: KnownPeer = { incarnation: 'b-first-directory', start: 2, token: 'b-start-2' }

describe('founding', () => {
  it('begins when every founder has been heard, and that is durable', () => {
    const { peers, founded, durable, meet, writes } = setUp()
    meet(identity('b'))
    durable()
    peers.accepted('b')
    expect(peers.awaited).toEqual(['c'])
    expect(founded).not.toHaveBeenCalled()
    meet(identity('c'))
    durable()
    peers.accepted('c')
    expect(founded).not.toHaveBeenCalled()
    expect(writes[0]?.record.founded).toBe(true)
    durable()
    expect(founded).toHaveBeenCalledOnce()
    expect(peers.awaited).toEqual([])
  })

  it("'majority' waits for no more than half of the founders besides this one", () => {
    const { peers, founded, durable } = setUp({ rule: 'majority' })
    peers.accepted('c')
    durable()
    expect(founded).toHaveBeenCalledOnce()
  })

  it('a member alone founds at once, and one that has taken part need not wait', () => {
    const alone = setUp({ own: identity('a', { founders: ['a'] }) })
    alone.durable()
    expect(alone.founded).toHaveBeenCalledOnce()
    expect(setUp({ hasTakenPart: true }).founded).toHaveBeenCalledOnce()
    expect(setUp({ record: { founded: true, peers: new Map() } }).founded).toHaveBeenCalledOnce()
  })

  it('a peer that this member has accepted, but not the other way round, does not count', () => {
    const { peers, durable, meet, founded } = setUp({ own: identity('a', { founders: ['a', 'b'] }) })
    const answer = meet(identity('b', { founders: ['a', 'b'] }))
    durable()
    expect(answer).toHaveBeenCalledWith(null)
    expect(founded).not.toHaveBeenCalled()
    expect(peers.awaited).toEqual(['b'])
  })
})

describe('a peer is accepted', () => {
  it('only when what was learned of it is durable', () => {
    const { meet, durable, writes } = setUp()
    const answer = meet(identity('b'))
    expect(answer).not.toHaveBeenCalled()
    expect(writes[0]?.record.peers.get('b')).toEqual({
      incarnation: 'b-first-directory',
      start: 1,
      token: 'b-start-1',
    })
    durable()
    expect(answer).toHaveBeenCalledWith(null)
  })

  it('one write at a time; a second question waits for the write that holds its answer', () => {
    const { meet, writes, durable } = setUp()
    const first = meet(identity('b'))
    const again = meet(identity('b'))
    const other = meet(identity('c'))
    expect(writes).toHaveLength(1)
    durable()
    expect(first).toHaveBeenCalledWith(null)
    expect(other).not.toHaveBeenCalled()
    expect([...writes[0]!.record.peers.keys()]).toEqual(['b', 'c'])
    durable()
    expect(again).toHaveBeenCalledWith(null)
    expect(other).toHaveBeenCalledWith(null)
  })

  it('at once if it is known as it is', () => {
    const starts = { count: 2, recent: ['b-start-1', 'b-start-2'] }
    const { meet, writes } = setUp({ known: { b: knownB } })
    expect(meet(identity('b', { starts }))).toHaveBeenCalledWith(null)
    expect(writes).toHaveLength(0)
  })

  it('never after a failed write, which is reported', () => {
    const { meet, writes, failed } = setUp()
    const answer = meet(identity('b'))
    writes[0]!.done(new Error('the disk is full'))
    expect(failed).toHaveBeenCalledWith(new Error('the disk is full'))
    expect(answer).not.toHaveBeenCalled()
  })
})

describe('a peer is refused', () => {
  const reasonOf = (peer: MemberIdentity, known: Record<string, KnownPeer> = {}) =>
    setUp({ known }).refusal(peer)?.reason ?? null

  it('for another cluster, purpose, or list of members', () => {
    expect(reasonOf(identity('b', { cluster: 'other' }))).toBe('wrong-cluster')
    expect(reasonOf(identity('b', { purpose: 'election' }))).toBe('other-purpose')
    expect(reasonOf(identity('b', { founders: ['a', 'b'] }))).toBe('other-founders')
    expect(reasonOf(identity('d', { founders: ['a', 'b', 'c', 'd'] }))).toBe('unknown-member')
  })

  it('for the id of this member', () => {
    const twin = identity('a', { incarnation: 'another' })
    expect(reasonOf(twin)).toBe('duplicate-id')
    const answer = vi.fn<(refusal: Refusal | null) => void>()
    setUp().peers.meet({ peer: twin, remote: 'process 2', rival: 'process 1' }, answer)
    expect(answer.mock.lastCall?.[0]?.detail).toContain(
      "have the id 'a', one at process 1 and one at process 2:",
    )
  })

  it('for another data directory, founded or not', () => {
    const wiped = identity('b', { incarnation: 'b-second-directory' })
    expect(reasonOf(wiped, { b: knownB })).toBe('other-incarnation')
    const { meet, durable, refusal } = setUp()
    meet(identity('b'))
    durable()
    expect(refusal(wiped)?.detail).toContain('which was at 10.0.0.9:7401')
  })

  it('for a process of it that still speaks, and runs on the same files', () => {
    const { peers } = setUp({ known: { b: knownB } })
    const answer = vi.fn<(refusal: Refusal | null) => void>()
    const peer = identity('b', { starts: { count: 3, recent: ['b-start-2', 'b-start-3'] } })
    peers.meet({ peer, remote: '10.0.0.9:7401', rival: '10.0.0.2:7401' }, answer)
    expect(answer).toHaveBeenCalledExactlyOnceWith({
      reason: 'second-process',
      detail: expect.stringMatching(
        /^two processes run as 'b'.* at 10\.0\.0\.2:7401, and one at 10\.0\.0\.9:7401/,
      ),
    })
  })

  it('for a data directory that is older than what was seen of it', () => {
    const starts = (count: number, ...recent: string[]) => ({ starts: { count, recent } })
    expect(reasonOf(identity('b', starts(1, 'b-start-1')), { b: knownB })).toBe('older-copy')
    // It has been started as often as the original, and more often, since it was restored.
    expect(reasonOf(identity('b', starts(2, 'b-start-1', 'copy-2')), { b: knownB })).toBe('older-copy')
    expect(reasonOf(identity('b', starts(3, 'b-start-1', 'copy-2', 'copy-3')), { b: knownB })).toBe(
      'older-copy',
    )
    expect(reasonOf(identity('b', starts(3, 'b-start-1', 'b-start-2', 'b-start-3')), { b: knownB })).toBe(
      null,
    )
    // The start that was seen is among those that it has forgotten.
    expect(reasonOf(identity('b', starts(9, 'b-start-8', 'b-start-9')), { b: knownB })).toBe(null)
  })
})

it('a refusal is a short line, whatever the other side says that it is', () => {
  const long = `x\n\u001b[2J${'y'.repeat(100_000)}`
  const details = [
    setUp().refusal(identity(long)),
    setUp().refusal(identity('b', { cluster: long })),
    setUp().refusal(identity('b', { founders: [long, long] })),
  ].map((refusal) => refusal!.detail)
  for (const detail of details) {
    expect(detail.length).toBeLessThan(1000)
    expect(detail).not.toMatch(/\p{Cc}/u)
  }
})

describe('a founder that a peer knows under another incarnation', () => {
  const denied: Refusal = { reason: 'other-incarnation', detail: '' }
  const founders = ['a', 'b', 'c', 'd', 'e']
  const setUpOfFive = () => setUp({ own: identity('a', { founders }), rule: 'majority' })

  it('does not found the cluster with those that have lost their disks, and accept anybody', () => {
    const { founded, durable, peers } = setUpOfFive()
    peers.refusedBy('b', denied)
    for (const id of ['c', 'd', 'e']) peers.accepted(id)
    expect(founded).not.toHaveBeenCalled()
    peers.accepted('b')
    durable()
    expect(founded).toHaveBeenCalledOnce()
  })

  it('has not been heard by one that accepted it before', () => {
    const { founded, durable, peers } = setUpOfFive()
    peers.accepted('b')
    peers.refusedBy('b', { reason: 'other-founders', detail: '' })
    peers.accepted('c')
    expect(founded).not.toHaveBeenCalled()
    peers.accepted('d')
    durable()
    expect(founded).toHaveBeenCalledOnce()
  })
})

describe('members that came and went', () => {
  const shown = (
    version: number,
    members: Record<string, string | null>,
    removed: Record<string, string | null> = {},
    awaited: readonly string[] = [],
  ): ShownMembership => ({
    version: index(version),
    members: Object.fromEntries(
      Object.entries(members).map(([id, incarnation]) => [
        id,
        { incarnation, address: null, awaited: awaited.includes(id), isFirst: id !== 'd' },
      ]),
    ),
    removed,
  })
  const at = (membership: ShownMembership, over: Parameters<typeof setUp>[0] = {}) =>
    setUp({ membership: () => membership, ...over })
  const founders = { a: null, b: 'b-first-directory', c: null }
  const d = identity('d', { incarnation: 'd1' })

  it('are accepted by the table, not by the list of founders', () => {
    const { refusal } = at(shown(7, { ...founders, d: 'd1' }))
    expect(refusal(identity('d', { incarnation: 'd2' }))!.reason).toBe('other-incarnation')
    const { meet, durable } = at(shown(7, { ...founders, d: 'd1' }))
    const answer = meet(d)
    durable()
    expect(answer).toHaveBeenCalledWith(null)
  })

  it('are refused before they are taken in, and told to wait if they were started to join', () => {
    expect(at(shown(7, founders)).refusal(d)).toMatchObject({
      reason: 'unknown-member',
      detail: expect.stringContaining('start it with seeds, or add it'),
    })
    const joining = { ...d, joins: { address: null, as: 'voter', replaces: false } as const }
    expect(at(shown(7, founders)).refusal(joining)).toMatchObject({
      reason: 'unknown-member',
      detail: expect.stringContaining('the leader takes it in'),
    })
    const awaited = at(shown(7, { ...founders, d: null }, {}, ['d']))
    expect(awaited.refusal(d)!.reason).toBe('unknown-member')
  })

  it('are not refused as removed while this member counts them: both may need the other one’s vote', () => {
    const c = identity('c', { incarnation: 'c1', membership: shown(9, { a: null, b: null }, { c: 'c1' }) })
    expect(at(shown(7, founders)).refusal(c)).toBeNull()
    expect(at(shown(7, { a: null, b: null })).refusal(c)!.reason).toBe('removed-member')
  })

  it('are refused as removed under their old data directory, also if another one has their name', () => {
    expect(
      at(shown(7, { a: null, b: null }, { c: 'c1' })).refusal(identity('c', { incarnation: 'c1' })),
    ).toMatchObject({
      reason: 'removed-member',
    })
    const replaced = at(shown(9, { a: null, c: 'c2' }, { c: 'c1' }))
    expect(replaced.refusal(identity('c', { incarnation: 'c1' }))!.reason).toBe('removed-member')
  })

  it('that come with a newer table are believed: this member was away', () => {
    const newer = { ...d, membership: shown(9, { ...founders, d: 'd1' }) }
    const { meet, durable } = at(shown(7, founders))
    const answer = meet(newer)
    durable()
    expect(answer).toHaveBeenCalledWith(null)
    expect(at(shown(9, founders)).refusal(newer)!.reason).toBe('unknown-member')
  })

  it('have the incarnation of the table, whatever was recorded of the one before', () => {
    const replaced = identity('b', { incarnation: 'b2' })
    const { meet, durable, peers } = at(shown(7, { ...founders, b: 'b2' }), { known: { b: knownB } })
    const answer = meet(replaced)
    durable()
    expect(answer).toHaveBeenCalledWith(null)
    expect(peers.incarnationOf('b')).toBe('b2')
  })

  it('take part as soon as a member lists their incarnation, and not because founders accept them', () => {
    const joining = identity('d', {
      incarnation: 'd1',
      joins: { address: null, as: 'voter', replaces: false },
    })
    const { founded, durable, meet, peers, writes } = setUp({ own: joining })
    for (const id of ['a', 'b', 'c']) {
      meet(identity(id))
      durable()
      peers.accepted(id)
    }
    durable()
    expect(founded).not.toHaveBeenCalled()
    expect(peers.awaited).toEqual([])
    meet(identity('a', { membership: shown(7, { ...founders, d: 'd2' }) }))
    durable()
    expect(founded).not.toHaveBeenCalled()
    meet(identity('a', { membership: shown(9, { ...founders, d: 'd1' }) }))
    expect(founded).not.toHaveBeenCalled()
    expect(writes.at(-1)?.record).toMatchObject({ founded: true, votesFrom: 9 })
    durable()
    expect(founded).toHaveBeenCalledOnce()
    meet(identity('b', { membership: shown(11, { ...founders, d: 'd1' }) }))
    expect(peers.votesFrom).toBe(9)
    const record = { founded: true, peers: new Map(), votesFrom: index(9) }
    expect(setUp({ own: joining, record }).peers.votesFrom).toBe(9)
  })

  it('vote at once if they founded the cluster, and were never heard by all the others', () => {
    const { founded, durable, meet, peers, writes } = setUp()
    meet(identity('b', { membership: shown(9, { a: 'a-first-directory', b: null, c: null }) }))
    expect(writes.at(-1)?.record).not.toHaveProperty('votesFrom')
    durable()
    expect(founded).toHaveBeenCalledOnce()
    expect(peers.votesFrom).toBe(0)
  })
})

describe('a process that joins by seeds', () => {
  const joining = identity('d', {
    incarnation: 'd1',
    founders: [],
    joins: { address: null, as: 'voter', replaces: false },
  })
  const asNewcomer = (over: Parameters<typeof setUp>[0] = {}) =>
    setUp({ own: joining, isNewcomer: true, ...over })
  const member = (id: string, version: number, listed: string | null, over: Partial<MemberIdentity> = {}) =>
    identity(id, {
      membership: {
        version: index(version),
        members: {
          [id]: {
            incarnation: `${id}-first-directory`,
            address: `${id}:7401`,
            awaited: false,
            isFirst: true,
          },
          ...(listed === null
            ? {}
            : { d: { incarnation: listed, address: 'd:7401', awaited: false, isFirst: false } }),
        },
        removed: {},
      },
      ...over,
    })

  it('learns the founders from a member, and records them when the cluster has agreed to it', () => {
    const { peers, founded, durable, meet, writes } = asNewcomer()
    expect([peers.joining, peers.founders, peers.awaited]).toEqual(['asks', [], []])
    peers.learnFounders(identity('b', { founders: ['c', 'a', 'b'] }))
    expect([peers.joining, peers.founders]).toEqual(['waits', ['a', 'b', 'c']])
    expect(peers.own.founders).toEqual(['a', 'b', 'c'])
    meet(member('a', 7, null))
    expect(writes.at(-1)?.record).toEqual({
      founded: false,
      peers: new Map([
        ['a', { incarnation: 'a-first-directory', start: 1, token: 'a-start-1', address: 'a:7401' }],
      ]),
    })
    durable()
    peers.accepted('a')
    expect(founded).not.toHaveBeenCalled()
    meet(member('a', 9, 'd1'))
    expect(writes.at(-1)?.record).toMatchObject({
      founded: true,
      founders: ['a', 'b', 'c'],
      votesFrom: 9,
    })
    durable()
    expect(founded).toHaveBeenCalledExactlyOnceWith(['a', 'b', 'c'])
    expect(peers.joining).toBeNull()
  })

  it('believes the member that it met last, until the cluster has agreed to it, and no other cluster', () => {
    const { peers, meet } = asNewcomer()
    peers.learnFounders(identity('x', { cluster: 'other', founders: ['x'] }))
    peers.learnFounders(identity('x', { founders: [] }))
    expect(peers.founders).toEqual([])
    peers.learnFounders(identity('x', { founders: ['x'] }))
    meet(member('a', 9, 'd1'))
    peers.learnFounders(identity('x', { founders: ['x'] }))
    expect(peers.founders).toEqual(['a', 'b', 'c'])
  })

  it('takes part again after a restart, from its record; what was recorded without the founders is not enough', () => {
    const record = { founded: true, peers: new Map(), votesFrom: index(9), founders: ['a', 'b', 'c'] }
    const own = { ...joining, founders: record.founders }
    const again = asNewcomer({ own, record })
    expect(again.founded).toHaveBeenCalledExactlyOnceWith(['a', 'b', 'c'])
    expect([again.peers.joining, again.peers.votesFrom]).toEqual([null, 9])
    again.meet(identity('b'))
    expect(again.writes.at(-1)?.record).toMatchObject({ founders: ['a', 'b', 'c'], votesFrom: 9 })
    const unknown = asNewcomer({ record: { founded: true, peers: new Map() }, hasTakenPart: true })
    expect(unknown.founded).not.toHaveBeenCalled()
    expect(unknown.peers.joining).toBe('asks')
  })

  it('shows where it is dialled as soon as it listens', () => {
    let address: string | null = null
    const { peers } = asNewcomer({ address: () => address })
    expect(peers.own.joins?.address).toBeNull()
    address = '10.0.0.4:7401'
    expect(peers.own.joins?.address).toBe('10.0.0.4:7401')
  })
})

it('where a peer is comes from the table; a table that does not say it changes nothing', () => {
  const at = (address: string | null) =>
    identity('b', {
      membership: {
        version: index(7),
        members: {
          a: { incarnation: null, address: null, awaited: false, isFirst: true },
          b: { incarnation: 'b-first-directory', address, awaited: false, isFirst: true },
        },
        removed: {},
      },
    })
  const { meet, durable, writes } = setUp()
  const recorded = () => writes.at(-1)?.record.peers.get('b')?.address
  meet(at('b:1'))
  expect(recorded()).toBe('b:1')
  durable()
  meet(at(null))
  expect(writes).toHaveLength(0)
  meet(at('b:2'))
  expect(recorded()).toBe('b:2')
})

// A cluster of cores, message by message (paper §5).
import {
  completeConfig,
  type Envelope,
  emptyHardState,
  encodeChange,
  InvariantError,
  index,
  LostEntriesError,
  MemoryLog,
  Raft,
  staticVoters,
  term,
} from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'

const three = (config = {}) => new TestCluster(['a', 'b', 'c'], config)
const commands = (cluster: TestCluster, id: string) =>
  cluster
    .node(id)
    .applied.map((e) => new TextDecoder().decode(e.data))
    .filter((c) => c !== '')

describe('election', () => {
  it('elects one leader by itself, within two election timeouts', () => {
    const cluster = three()
    cluster.pass(200)
    expect(cluster.leader).toBe('a')
    expect(['a', 'b', 'c'].map((id) => cluster.raft(id).leader)).toEqual(['a', 'a', 'a'])
  })

  it('of a partitioned node disturbs no other: with pre-vote its term does not rise', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.deliver = ({ from, to }) => from !== 'c' && to !== 'c'
    cluster.pass(1000)
    expect(cluster.raft('c').term).toBe(1)
    cluster.deliver = () => true
    cluster.pass(50)
    expect([cluster.leader, cluster.raft('a').term, cluster.raft('c').leader]).toEqual(['a', 1, 'a'])
  })

  it('a candidate that cannot win does not hold up the one that can: a refused request restarts no timer (figure 2)', () => {
    const cluster = new TestCluster(['a', 'b', 'c'], { preVote: false, checkQuorum: false, lease: false })
    cluster.elect('a')
    cluster.deliver = ({ to }) => to !== 'b'
    cluster.propose('a', 'which b lacks')
    cluster.deliver = () => true
    cluster.crash('a')
    // b is due first every time, and c, which alone can win with both votes, hears its requests.
    for (let i = 0; i < 4 && cluster.leader === null; i++) {
      cluster.elect('b')
      cluster.pass(60)
    }
    expect(cluster.leader).toBe('c')
  })

  it('a node that refuses a better candidate, as its vote is given, lets it ask first in the next term', () => {
    const cluster = new TestCluster(['a', 'b', 'c'], { preVote: false, checkQuorum: false, lease: false })
    cluster.elect('a')
    cluster.deliver = ({ to }) => to !== 'b'
    cluster.propose('a', 'which b lacks')
    cluster.crash('a')
    // b's requests are lost, as if b did not know c. They stand in turns, and b has always voted for itself
    // before c asks.
    cluster.deliver = ({ from, message }) => !(from === 'b' && message.type === 'vote')
    for (let i = 0; i < 6 && cluster.leader === null; i++) {
      cluster.elect('b')
      const waits = cluster.raft('b').nextDeadline()
      cluster.elect('c')
      expect(cluster.leader).toBeNull()
      expect(cluster.raft('b').nextDeadline()).toBeGreaterThanOrEqual(waits + 100)
      cluster.pass(cluster.raft('b').nextDeadline() - cluster.now - 1)
    }
    expect(cluster.leader).toBe('c')
  })

  it('a candidate of an earlier term learns the later one from the voters that it asks (figure 2, RequestVote 1)', () => {
    const cluster = three({ preVote: false, lease: false, checkQuorum: false })
    cluster.deliver = ({ from, to }) => from !== 'a' && to !== 'a'
    for (let term = 1; term <= 5; term++) cluster.elect(cluster.raft('b').role === 'leader' ? 'c' : 'b')
    cluster.deliver = () => true
    cluster.elect('a')
    expect(cluster.raft('a').term).toBe(cluster.raft('b').term)
  })

  it('does what is due at the deadline, even if clocks have fractions', () => {
    const cluster = three()
    cluster.now = 108.2 // 108.2 + 20 - 108.2 is less than 20
    cluster.elect('a')
    for (let i = 0; i < 20; i++) {
      const { now } = cluster
      cluster.now = cluster.raft('a').nextDeadline()
      cluster.raft('a').step({ type: 'tick' }, cluster.now)
      cluster.runEffects()
      expect(cluster.raft('a').nextDeadline()).toBeGreaterThan(cluster.now)
      expect(cluster.now).toBeGreaterThan(now)
    }
  })

  it('a leader gives no pre-vote, however late its ticks are', () => {
    const cluster = three({ lease: false })
    cluster.elect('a')
    cluster.pass(20)
    cluster.sent.length = 0
    cluster.now += 100
    cluster.receive('a', {
      from: 'c',
      message: { type: 'preVote', term: term(2), last: { term: term(1), index: index(1) }, transfer: false },
    })
    expect(cluster.sent.some((e) => e.from === 'a' && e.message.type === 'preVoteResponse')).toBe(false)
  })

  it('publishes no vote before it is durable', () => {
    const cluster = three({ preVote: false })
    cluster.node('b').holdWrites = true
    cluster.deliver = ({ to }) => to !== 'c'
    cluster.elect('a')
    expect(cluster.sent.some((e) => e.from === 'b')).toBe(false)
    expect(cluster.leader).toBe(null)
    cluster.finishWrites('b')
    expect(cluster.leader).toBe('a')
  })

  it('leads no term before its own vote is durable, else it could lead the term twice', () => {
    const cluster = three({ preVote: false })
    cluster.node('a').holdWrites = true
    cluster.elect('a')
    expect(['b', 'c'].map((id) => cluster.node(id).hardState.vote)).toEqual(['a', 'a'])
    expect(cluster.leader).toBe(null)
    cluster.finishWrites('a')
    expect(cluster.leader).toBe('a')
  })

  it('a candidate does not tell of a log that a crash may take back together with its term', () => {
    const cluster = three({ preVote: false, lease: false, checkQuorum: false })
    cluster.elect('c')
    cluster.pass(30)
    cluster.node('a').holdWrites = true
    // Durable on b and c, so committed, but b does not know that; a has it in memory.
    cluster.deliver = ({ from, to, message }) =>
      !(from === 'c' && to === 'b' && message.type === 'append' && message.commit > 1)
    cluster.propose('c', 'committed')
    expect(commands(cluster, 'c')).toEqual(['committed'])
    cluster.crash('c')
    // b's answers are delayed.
    const late: Envelope[] = []
    cluster.deliver = (envelope) => {
      if (envelope.from === 'b') late.push(envelope)
      return envelope.from !== 'b'
    }
    cluster.elect('a')
    cluster.crash('a')
    cluster.node('a').holdWrites = false
    cluster.restart('a')
    cluster.elect('a')
    cluster.deliver = () => true
    for (const envelope of late) cluster.receive('a', envelope)
    expect(cluster.leader).toBeNull()
    cluster.pass(1000, ['a', 'b'])
    expect(commands(cluster, cluster.leader!)).toEqual(['committed'])
  })

  it('a node votes once a term, over a crash too', () => {
    const cluster = three({ preVote: false, lease: false })
    cluster.deliver = ({ from, to }) => from === 'a' && to === 'b'
    cluster.elect('a')
    expect(cluster.node('b').hardState).toMatchObject({ term: 1, vote: 'a' })
    cluster.crash('b')
    cluster.restart('b')
    cluster.receive('b', {
      from: 'c',
      message: { type: 'vote', term: term(1), last: { term: term(0), index: index(0) }, transfer: false },
    })
    expect(cluster.sent.at(-1)).toMatchObject({ to: 'c', message: { type: 'voteResponse', granted: false } })
  })

  it('a leader that is cut off steps down', () => {
    const cluster = three({ lease: false })
    cluster.elect('a')
    cluster.pass(50)
    cluster.deliver = () => false
    cluster.pass(200, ['a'])
    expect(cluster.raft('a').role).toBe('follower')
  })

  it('a leader that is cut off steps down, even if it is told to transfer leadership again and again', () => {
    const cluster = three({ lease: false })
    cluster.elect('a')
    cluster.pass(50)
    cluster.deliver = () => false
    for (let asked = 0; asked < 4; asked++) {
      cluster.raft('a').step({ type: 'transfer', to: asked % 2 === 0 ? 'b' : 'c' }, cluster.now)
      cluster.pass(50, ['a'])
    }
    expect(cluster.raft('a').role).toBe('follower')
  })
})

describe('replication', () => {
  it('applies a proposal everywhere, from the leader and from a follower', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.propose('a', 'one', 1)
    cluster.propose('b', 'two', 2)
    for (const id of ['a', 'b', 'c']) expect(commands(cluster, id)).toEqual(['one', 'two'])
    expect(cluster.node('a').outcomes).toEqual([{ request: 1, at: { term: 1, index: 2 }, reason: null }])
    expect(cluster.node('b').outcomes).toEqual([{ request: 2, at: { term: 1, index: 3 }, reason: null }])
  })

  it('a forwarded proposal without entries gets no place', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.receive('a', { from: 'b', message: { type: 'propose', request: 9, entries: [] } })
    expect(cluster.sent.filter(({ message }) => message.type === 'proposeResponse')).toEqual([])
  })

  it('reports no-leader if there is none, and not-leader if a forwarded proposal reaches a follower', () => {
    const cluster = three()
    cluster.propose('a', 'x', 1)
    expect(cluster.node('a').outcomes).toEqual([{ request: 1, at: null, reason: 'no-leader' }])
    cluster.elect('a')
    cluster.receive('c', {
      from: 'b',
      message: { type: 'propose', request: 9, entries: [{ type: 'normal', data: new Uint8Array(1) }] },
    })
    expect(cluster.node('b').outcomes).toEqual([{ request: 9, at: null, reason: 'not-leader' }])
  })

  it("counts the leader's own copy only when it is durable", () => {
    const cluster = new TestCluster(['a'])
    cluster.elect('a')
    cluster.node('a').holdWrites = true
    cluster.propose('a', 'x')
    expect(cluster.raft('a').commit).toBe(1)
    cluster.finishWrites('a')
    expect(cluster.raft('a').commit).toBe(2)
  })

  it("commits without the leader's own disk when a quorum of others is durable, and applies when its own is", () => {
    const cluster = three()
    cluster.elect('a')
    cluster.node('a').holdWrites = true
    cluster.propose('a', 'x')
    expect(cluster.raft('a').commit).toBe(2)
    expect(commands(cluster, 'a')).toEqual([])
    expect(commands(cluster, 'b')).toEqual(['x'])
    cluster.finishWrites('a')
    expect(commands(cluster, 'a')).toEqual(['x'])
  })

  it('replaces a divergent tail, in a few messages however long it is', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.deliver = () => false
    for (let i = 0; i < 100; i++) cluster.propose('a', `lost ${i}`)
    cluster.pass(150, ['a'])
    cluster.deliver = ({ from, to }) => from !== 'a' && to !== 'a'
    cluster.pass(300, ['b', 'c'])
    cluster.propose(cluster.raft('b').leader!, 'kept')
    cluster.sent.length = 0
    cluster.deliver = () => true
    cluster.pass(30)
    expect(commands(cluster, 'a')).toEqual(['kept'])
    expect(
      cluster.sent.filter((e) => e.from === 'a' && e.message.type === 'appendResponse' && e.message.rejected)
        .length,
    ).toBeLessThan(4)
  })

  it('recovers a follower whose whole window of messages was lost', () => {
    const cluster = three({ maxInflightMessages: 3 })
    cluster.elect('a')
    cluster.deliver = ({ to, message }) => !(to === 'b' && message.type === 'append')
    for (let i = 0; i < 10; i++) cluster.propose('a', `${i}`)
    cluster.deliver = () => true
    cluster.pass(100)
    expect(commands(cluster, 'b')).toHaveLength(10)
  })

  it('refuses proposals beyond the cap of uncommitted bytes, and takes them again when some are applied', () => {
    const cluster = three({ maxUncommittedBytes: 8 })
    cluster.elect('a')
    cluster.deliver = () => false
    cluster.propose('a', '12345678', 1)
    cluster.propose('a', '9', 2)
    expect(cluster.node('a').outcomes.at(-1)).toEqual({
      request: 2,
      at: null,
      reason: 'too-many-uncommitted',
    })
    cluster.deliver = () => true
    cluster.pass(30)
    cluster.propose('a', '9', 3)
    expect(cluster.node('a').outcomes.at(-1)).toMatchObject({ request: 3, reason: null })
  })

  it('takes a change of the membership beyond the cap, and refuses a batch with a command in it, which holds up no other', () => {
    const cluster = three({ maxUncommittedBytes: 8 })
    cluster.elect('a')
    cluster.deliver = () => false
    cluster.propose('a', '12345678')
    const change = { transition: 'auto', changes: [{ kind: 'remove', id: 'c' }] } as const
    const command = { type: 'normal', data: Uint8Array.of(1) } as const
    const batch = [{ type: 'configuration', data: encodeChange(change) } as const, command]
    cluster.raft('a').step({ type: 'propose', request: 7, entries: batch }, cluster.now)
    cluster.runEffects()
    const { outcomes } = cluster.node('a')
    expect(outcomes.at(-1)).toEqual({ request: 7, at: null, reason: 'too-many-uncommitted' })
    expect(cluster.reconfigure('a', change)).toMatchObject({ reason: null })
    cluster.deliver = () => true
    cluster.pass(30)
    expect(cluster.raft('a').inspect().configuration.voters).toEqual(['a', 'b'])
  })

  it('restarts from its disk and applies everything again', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.propose('a', 'one')
    cluster.crash('b')
    cluster.propose('a', 'two')
    cluster.restart('b')
    cluster.pass(50)
    expect(commands(cluster, 'b')).toEqual(['one', 'two'])
  })
})

it('a node that starts from a snapshot writes how far the log is committed before it acknowledges more', () => {
  const configuration = staticVoters(['a', 'b', 'c'])
  const log = new MemoryLog()
  log.append(
    [1, 2].map((at) => ({ index: index(at), term: term(1), type: 'normal', data: new Uint8Array(0) })),
  )
  // Its disk knows less than the snapshot does. Should the snapshot be lost, the disk must know enough.
  const hardState = { ...emptyHardState, term: term(1), commit: index(1) }
  const raft = new Raft({
    config: completeConfig({ id: 'a', electionTimeout: 100, heartbeatInterval: 20 }),
    restored: { hardState, configuration, applied: index(2) },
    log,
    random: () => 0,
    now: 0,
  })
  expect(raft.take().persist).toMatchObject({ hardState: { commit: 2 }, entries: [] })
})

describe('a member whose link is slow', () => {
  /**
   * A leader whose first append with entries to c does not arrive yet, for `ms`. Returns the appends to c.
   */
  const probeFor = (ms: number): { cluster: TestCluster; appends: () => number[] } => {
    const cluster = three({ maxInflightBytes: 1000 })
    cluster.elect('a')
    cluster.raft('a').step({ type: 'peerUnreachable', id: 'c' }, cluster.now)
    const from = cluster.sent.length
    cluster.deliver = ({ to, message }) => !(to === 'c' && message.type === 'append')
    cluster.propose('a', 'x'.repeat(1000))
    cluster.pass(ms)
    const appends = (): number[] =>
      cluster.sent
        .slice(from)
        .flatMap(({ to, message }) =>
          to === 'c' && message.type === 'append' ? [message.entries.length] : [],
        )
    return { cluster, appends }
  }

  it('is probed with each answered heartbeat, but gets long entries once', () => {
    const { appends } = probeFor(200)
    expect(appends().length).toBeGreaterThan(5)
    expect(appends().filter((entries) => entries > 0)).toHaveLength(1)
  })

  it('gets entries that were lost again as soon as a probe is answered', () => {
    const { cluster, appends } = probeFor(200)
    cluster.deliver = () => true
    cluster.pass(25)
    expect(appends().filter((entries) => entries > 0)).toHaveLength(2)
    expect(commands(cluster, 'c')).toEqual(commands(cluster, 'a'))
  })
})

it('an answer to a former leader says nothing about the place that a new one probes', () => {
  const cluster = three({ checkQuorum: false, lease: false })
  cluster.elect('a')
  for (const command of ['one', 'two', 'three']) cluster.propose('a', command)
  cluster.deliver = ({ from, message }) => from !== 'c' || message.type !== 'appendResponse'
  cluster.elect('b')
  const progress = () => cluster.raft('b').inspect().progress.get('c')
  expect(progress()).toMatchObject({ state: 'probe', match: 0, next: 5 })
  // The answer to an append of an earlier term acknowledges nothing.
  const hint = { term: term(0), index: index(0) }
  cluster.receive('b', {
    from: 'c',
    message: { type: 'appendResponse', term: cluster.raft('b').term, index: index(0), rejected: false, hint },
  })
  expect(progress()).toMatchObject({ state: 'probe', match: 0, next: 5 })
})

describe('a node that would break an invariant', () => {
  it('stops: another leader of its own term', () => {
    const cluster = three()
    cluster.elect('a')
    const forged = {
      type: 'heartbeat',
      term: term(1),
      commit: index(0),
      sentAt: 0,
      round: 0,
      successorPriority: 1,
      heldByAll: index(0),
    } as const
    expect(() => cluster.receive('a', { from: 'b', message: forged })).toThrow(InvariantError)
  })

  it('stops: a commit index beyond its log', () => {
    const cluster = three()
    cluster.elect('a')
    const forged = {
      type: 'heartbeat',
      term: term(1),
      commit: index(50),
      sentAt: 0,
      round: 0,
      successorPriority: 1,
      heldByAll: index(0),
    } as const
    expect(() => cluster.receive('b', { from: 'a', message: forged })).toThrow(LostEntriesError)
  })
})

it('nextDeadline says when a tick is needed, not later, and not earlier without need', () => {
  const cluster = three()
  expect(cluster.raft('a').nextDeadline()).toBe(100)
  expect(cluster.raft('b').nextDeadline()).toBe(133)
  cluster.elect('a')
  expect(cluster.raft('a').nextDeadline()).toBe(cluster.now + 20)
})

describe('a follower that refuses what it has acknowledged in this term', () => {
  const refusal = (hint: number): Envelope['message'] => ({
    type: 'appendResponse',
    term: term(1),
    index: index(2),
    rejected: true,
    hint: { term: term(1), index: index(hint) },
  })

  it('has lost entries, as its leader sees, until it acknowledges again', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.propose('a', 'two')
    const seen = () => cluster.raft('a').inspect().progress.get('b')?.hasLostEntries
    expect(seen()).toBe(false)
    cluster.receive('a', { from: 'b', message: refusal(1) })
    expect(seen()).toBe(true)
    cluster.propose('a', 'three')
    expect(seen()).toBe(false)
    cluster.receive('a', { from: 'b', message: refusal(3) }) // an old one, as its hint shows
    expect(seen()).toBe(false)
  })
})

it('limitInflight bounds the bytes that are sent ahead to one member', () => {
  const cluster = three()
  cluster.elect('a')
  cluster.deliver = ({ from }) => from !== 'b'
  cluster.raft('a').limitInflight('b', 30)
  const sentTo = (id: string) =>
    cluster.sent.filter(
      ({ to, message }) => to === id && message.type === 'append' && message.entries.length > 0,
    )
  const before = { b: sentTo('b').length, c: sentTo('c').length }
  for (let i = 0; i < 10; i++) cluster.propose('a', '0123456789')
  expect([sentTo('b').length - before.b, sentTo('c').length - before.c]).toEqual([3, 10])
})

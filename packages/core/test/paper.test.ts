// Rules of the paper that no other test of the core checks alone (see docs/paper-map.md).
import {
  completeConfig,
  type Entry,
  emptyHardState,
  index,
  MemoryLog,
  type Message,
  Raft,
  type SnapshotMeta,
  term,
} from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { staticVoters } from '../src/membership/configuration.ts'
import { TestCluster } from './cluster.ts'
import { commandsOf, cutOff } from './members.ts'

/** Plain Raft: neither pre-votes nor leases nor quorum checks stand in the way of an election. */
const plain = { preVote: false, lease: false, checkQuorum: false }
const three = (config = {}): TestCluster => new TestCluster(['a', 'b', 'c'], { ...plain, ...config })

const nowhere = { term: term(0), index: index(0) }
const voteIn = (t: number, transfer = false): Message => ({
  type: 'vote',
  term: term(t),
  last: nowhere,
  transfer,
})
const heartbeatIn = (t: number): Message => ({
  type: 'heartbeat',
  term: term(t),
  commit: index(0),
  sentAt: 0,
  round: 1,
  successorPriority: 1,
  heldByAll: index(0),
})

/** Of a cluster in which `id` has reached a term, by a message that asks for nothing. */
function reach(cluster: TestCluster, id: string, t: number): void {
  cluster.receive(id, { from: 'c', message: { type: 'voteResponse', term: term(t), granted: false } })
  expect(cluster.raft(id).term).toBe(t)
}

const logOf = (cluster: TestCluster, id: string): readonly Entry[] => {
  const { log } = cluster.node(id)
  return log.entries(log.firstIndex, index(log.lastIndex + 1), Number.POSITIVE_INFINITY)
}

describe('the election timeout', () => {
  const drawing = (draws: number[], config: object): Raft =>
    new Raft({
      config: completeConfig({ id: 'a', electionTimeout: 100, heartbeatInterval: 20, ...plain, ...config }),
      restored: {
        hardState: emptyHardState,
        configuration: staticVoters(['a', 'b', 'c']),
        applied: index(0),
      },
      log: new MemoryLog(),
      random: () => draws.shift()!,
      now: 0,
    })

  it('is drawn for each wait, from T up to twice T', () => {
    const raft = drawing([0.5, 0, 0.999], {})
    expect(raft.nextDeadline()).toBe(150)
    raft.step({ type: 'tick' }, 150)
    expect([raft.role, raft.term, raft.nextDeadline()]).toEqual(['candidate', 1, 150 + 100])
    raft.step({ type: 'tick' }, 250)
    expect([raft.role, raft.term, raft.nextDeadline()]).toEqual(['candidate', 2, 250 + 199])
  })

  it.each([
    [3, [100, 250, 399]],
    [0.25, [100, 112, 124]],
  ])('is drawn from T on over another width, where that is asked for: %d', (electionSpread, waits) => {
    const drawn = [0, 0.5, 0.999].map((draw) => drawing([draw], { electionSpread }).nextDeadline())
    expect(drawn).toEqual(waits)
  })
})

describe('a follower', () => {
  it('restarts its timer when it grants a vote, not when it refuses one', () => {
    const cluster = three()
    reach(cluster, 'b', 1)
    const wait = cluster.raft('b').nextDeadline()
    cluster.now = 50
    cluster.receive('b', { from: 'c', message: voteIn(1) })
    expect(cluster.raft('b').nextDeadline()).toBe(50 + wait)
    cluster.now = 80
    cluster.receive('b', { from: 'a', message: voteIn(1) })
    expect(cluster.raft('b').nextDeadline()).toBe(50 + wait)
  })

  it('does not wait for a leader of an earlier term', () => {
    const cluster = three()
    reach(cluster, 'b', 2)
    const deadline = cluster.raft('b').nextDeadline()
    cluster.now = 50
    cluster.receive('b', { from: 'a', message: heartbeatIn(1) })
    expect([cluster.raft('b').leader, cluster.raft('b').nextDeadline()]).toEqual([null, deadline])
    cluster.receive('b', { from: 'a', message: heartbeatIn(2) })
    expect([cluster.raft('b').leader, cluster.raft('b').nextDeadline()]).toEqual(['a', 50 + deadline])
  })

  it('answers no pre-vote while it hears a leader', () => {
    const cluster = three({ preVote: true, checkQuorum: true })
    cluster.elect('a')
    const ask = { ...voteIn(2), type: 'preVote', last: { term: term(1), index: index(9) } } as Message
    for (const [now, answers] of [
      [199, 0],
      [200, 1],
    ] as const) {
      cluster.sent.length = 0
      cluster.now = now
      cluster.receive('b', { from: 'c', message: ask })
      expect(cluster.sent.filter(({ message }) => message.type === 'preVoteResponse')).toHaveLength(answers)
    }
    expect(cluster.sent.at(-1)).toMatchObject({ from: 'b', message: { term: 2, granted: true } })
    expect(cluster.raft('b').inspect()).toMatchObject({ term: 1, vote: 'a' })
  })

  it('answers an earlier term only if the sender must learn the later one', () => {
    const cluster = three({ preVote: true })
    reach(cluster, 'b', 5)
    const snapshot: SnapshotMeta = {
      index: index(9),
      term: term(1),
      configuration: staticVoters(['a', 'b', 'c']),
    }
    const answerTo = (message: Message): Message | undefined => {
      cluster.sent.length = 0
      cluster.receive('b', { from: 'a', message })
      return cluster.sent.find(({ from }) => from === 'b')?.message
    }
    const append = {
      type: 'append',
      term: term(1),
      prev: nowhere,
      entries: [],
      commit: index(0),
      promise: 0,
    } as const
    const later = { type: 'appendResponse', term: 5 }
    expect(answerTo(append)).toMatchObject(later)
    expect(answerTo(heartbeatIn(1))).toMatchObject(later)
    expect(answerTo({ ...voteIn(1), type: 'preVote' } as Message)).toMatchObject({
      type: 'preVoteResponse',
      term: 5,
      granted: false,
    })
    expect(answerTo(voteIn(1))).toBe(undefined)
    expect(answerTo({ type: 'snapshot', term: term(1), snapshot })).toBe(undefined)
    expect(cluster.raft('b').inspect()).toMatchObject({ term: 5, vote: null, leader: null, lastIndex: 0 })
  })
})

describe('a candidate', () => {
  it('follows the leader that its own term has already', () => {
    const cluster = three()
    cluster.deliver = () => false
    cluster.elect('b')
    expect(cluster.raft('b').role).toBe('candidate')
    cluster.receive('b', { from: 'a', message: heartbeatIn(1) })
    expect(cluster.raft('b').inspect()).toMatchObject({ role: 'follower', term: 1, vote: 'b', leader: 'a' })
  })

  it('has forgotten its last leader, as a pre-candidate too', () => {
    for (const preVote of [false, true]) {
      const cluster = three({ preVote })
      cluster.elect('a')
      expect(cluster.raft('b').leader).toBe('a')
      cluster.deliver = () => false
      cluster.elect('b')
      expect(cluster.raft('b').inspect()).toMatchObject({
        role: preVote ? 'preCandidate' : 'candidate',
        leader: null,
      })
    }
  })

  it('gets no vote for a log that is behind, even if the leader told it to stand', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.receive('b', { from: 'c', message: voteIn(2, true) })
    expect(cluster.sent.at(-1)).toMatchObject({
      from: 'b',
      message: { type: 'voteResponse', granted: false },
    })
  })
})

describe('a new leader', () => {
  /** b holds an entry of a's term that nobody knows to be committed, and a is gone. */
  function withLeftover(): TestCluster {
    const cluster = three()
    cluster.elect('a')
    cluster.deliver = ({ to }) => to === 'b'
    cluster.propose('a', 'left over')
    cluster.crash('a')
    expect([cluster.raft('b').commit, cluster.node('b').log.lastIndex]).toEqual([1, 2])
    return cluster
  }

  it('commits the entries of earlier terms along with its own first entry', () => {
    const cluster = withLeftover()
    cluster.deliver = () => true
    cluster.elect('b')
    cluster.pass(25)
    expect(cluster.node('c').log.termAt(index(2))).toBe(1)
    expect([cluster.raft('b').commit, cluster.raft('b').termStart]).toEqual([3, 3])
    for (const id of ['b', 'c']) expect(commandsOf(cluster, id)).toEqual(['left over'])
  })

  it('only adds to its own log, whatever it is told', () => {
    const cluster = withLeftover()
    const before = logOf(cluster, 'b')
    cluster.deliver = ({ message }) => message.type === 'vote' || message.type === 'voteResponse'
    cluster.elect('b')
    expect(cluster.raft('b').role).toBe('leader')
    const other: Entry = { type: 'normal', term: term(1), index: index(1), data: Uint8Array.of(1) }
    cluster.receive('b', {
      from: 'a',
      message: {
        type: 'append',
        term: term(1),
        prev: nowhere,
        entries: [other],
        commit: index(0),
      },
    })
    cluster.receive('b', {
      from: 'c',
      message: { type: 'appendResponse', term: term(2), index: index(2), rejected: true, hint: nowhere },
    })
    cluster.propose('b', 'more')
    expect(logOf(cluster, 'b').slice(0, before.length)).toEqual(before)
    expect(logOf(cluster, 'b')).toHaveLength(before.length + 2)
  })
})

describe('an append', () => {
  it('carries entries up to its size, and one entry however large', () => {
    const cluster = three({ maxMessageBytes: 4 })
    cluster.elect('a')
    cluster.deliver = () => false
    for (const command of ['1', '22', 'longer than that', '4', '55', '6', '7']) cluster.propose('a', command)
    cluster.crash('b')
    cluster.restart('b')
    cluster.sent.length = 0
    cluster.deliver = ({ from, to }) => from !== 'c' && to !== 'c'
    cluster.pass(50)
    const carried = cluster.sent.flatMap(({ to, message }) =>
      to === 'b' && message.type === 'append' && message.entries.length > 0
        ? [message.entries.map(({ data }) => new TextDecoder().decode(data))]
        : [],
    )
    expect(carried).toEqual([['1', '22'], ['longer than that'], ['4', '55', '6'], ['7']])
  })
})

describe('an append that comes twice, or late', () => {
  it('is acknowledged again and changes nothing', () => {
    const cluster = three()
    cluster.elect('a')
    for (const command of ['one', 'two', 'three']) cluster.propose('a', command)
    const before = logOf(cluster, 'b')
    const appends = cluster.sent.filter(({ to, message }) => to === 'b' && message.type === 'append')
    expect(appends.length).toBeGreaterThan(3)
    for (const append of appends) {
      cluster.receive('b', append)
      expect(cluster.sent.findLast(({ from }) => from === 'b')?.message).toMatchObject({ rejected: false })
    }
    expect(logOf(cluster, 'b')).toEqual(before)
    expect(commandsOf(cluster, 'b')).toEqual(['one', 'two', 'three'])
  })

  it('cuts off no uncommitted entries either', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.deliver = ({ to, message }) => to === 'b' && message.type === 'append'
    cluster.propose('a', 'one')
    cluster.propose('a', 'two')
    expect([cluster.raft('b').commit, cluster.node('b').log.lastIndex]).toEqual([1, 3])
    const first = cluster.sent.find(
      ({ to, message }) => to === 'b' && message.type === 'append' && message.entries[0]?.index === 2,
    )!
    cluster.receive('b', first)
    expect(cluster.sent.findLast(({ from }) => from === 'b')?.message).toMatchObject({ index: 2 })
    expect(cluster.node('b').log.lastIndex).toBe(3)
  })
})

describe('a snapshot', () => {
  const snapshotAt = (at: number): Message => ({
    type: 'snapshot',
    term: term(1),
    snapshot: { index: index(at), term: term(1), configuration: staticVoters(['a', 'b', 'c']) },
  })
  const lastAnswer = (cluster: TestCluster): Message | undefined =>
    cluster.sent.findLast(({ from }) => from === 'b')?.message

  it('of entries that are committed here changes nothing, even if the log begins after it', () => {
    const cluster = three()
    cluster.elect('a')
    for (const command of ['one', 'two', 'three']) cluster.propose('a', command)
    cluster.compact('b')
    cluster.propose('a', 'four')
    const before = logOf(cluster, 'b')
    for (const at of [2, 4, 5]) {
      cluster.receive('b', { from: 'a', message: snapshotAt(at) })
      expect(lastAnswer(cluster)).toMatchObject({ type: 'appendResponse', index: 5, rejected: false })
      expect(logOf(cluster, 'b')).toEqual(before)
    }
    expect(commandsOf(cluster, 'b')).toEqual(['one', 'two', 'three', 'four'])
  })

  it('whose last entry is in the log commits up to it, and the entries after it stay', () => {
    const cluster = three()
    cluster.elect('a')
    cluster.deliver = ({ to, message }) => to === 'b' && message.type === 'append'
    cluster.propose('a', 'one')
    cluster.propose('a', 'two')
    const before = logOf(cluster, 'b')
    expect([cluster.raft('b').commit, before.length]).toEqual([1, 3])
    cluster.receive('b', { from: 'a', message: snapshotAt(2) })
    expect(lastAnswer(cluster)).toMatchObject({ type: 'appendResponse', index: 2, rejected: false })
    expect(logOf(cluster, 'b')).toEqual(before)
    expect(commandsOf(cluster, 'b')).toEqual(['one'])
  })

  it('replaces a whole log that disagrees with it', () => {
    const cluster = three()
    cluster.elect('a')
    cutOff(cluster, 'a')
    for (const command of ['lost', 'lost as well', 'and this']) cluster.propose('a', command)
    cluster.elect('b')
    cluster.propose('b', 'kept')
    const snapshot = cluster.compact('b')
    expect(cluster.node('a').log.lastIndex).toBeGreaterThan(snapshot.index)
    cluster.deliver = () => true
    cluster.pass(50)
    const { log } = cluster.node('a')
    expect([log.firstIndex, log.lastIndex]).toEqual([snapshot.index + 1, snapshot.index])
    expect(commandsOf(cluster, 'a')).toEqual(['kept'])
    cluster.propose('b', 'more')
    expect(commandsOf(cluster, 'a')).toEqual(['kept', 'more'])
  })
})

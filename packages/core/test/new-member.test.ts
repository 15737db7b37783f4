// New members: learners, and members that need a snapshot first (thesis §4.2.1; paper §7).
import { InvariantError, index, term } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import type { TestCluster } from './cluster.ts'
import { add, addLearner, commandsOf, configurationIndexOf, configurationOf, cutOff, led } from './members.ts'

describe('a learner', () => {
  function withLearner(config = {}): TestCluster {
    const cluster = led(['a', 'b'], ['d'], config)
    cluster.reconfigure('a', addLearner('d'))
    cluster.pass(25)
    expect(configurationOf(cluster, 'd')).toMatchObject({ voters: ['a', 'b'], learners: ['d'] })
    return cluster
  }

  it('gets every entry', () => {
    const cluster = withLearner()
    cluster.propose('a', 'x')
    cluster.pass(25)
    expect(commandsOf(cluster, 'd')).toEqual(['x'])
  })

  it('counts neither for the commit index nor for the quorum check', () => {
    const cluster = withLearner({ lease: false })
    const { commit } = cluster.raft('a')
    cutOff(cluster, 'b')
    cluster.propose('a', 'x')
    expect(cluster.raft('a').inspect().progress.get('d')).toMatchObject({ match: commit + 1, learner: true })
    expect(cluster.raft('a').commit).toBe(commit)
    cluster.pass(250)
    expect(cluster.raft('a').role).toBe('follower')
  })

  it('does not count for the lease', () => {
    const cluster = withLearner()
    cutOff(cluster, 'b')
    cluster.pass(150, ['a', 'd'])
    expect([cluster.raft('a').role, cluster.held('a')]).toEqual(['follower', false])
  })

  it('cannot be elected', () => {
    const cluster = withLearner()
    expect(cluster.raft('d').nextDeadline()).toBe(Number.POSITIVE_INFINITY)
    cluster.crash('a')
    cluster.pass(300, ['d'])
    cluster.elect('d')
    expect(cluster.raft('d').role).toBe('follower')
  })

  it('cannot be the target of a transfer', () => {
    const cluster = withLearner()
    cluster.raft('a').step({ type: 'transfer', to: 'd' }, cluster.now)
    expect(cluster.raft('a').inspect().transferTarget).toBe(null)
    // Not even if it has the longest log of all.
    cutOff(cluster, 'b')
    cluster.propose('a', 'x')
    cluster.raft('a').step({ type: 'transfer', to: null }, cluster.now)
    expect(cluster.raft('a').inspect().transferTarget).toBe('b')
  })

  it('votes when asked: it may be a voter without knowing it', () => {
    const cluster = withLearner({ lease: false, checkQuorum: false })
    const last = { term: term(9), index: index(99) }
    cluster.receive('d', { from: 'b', message: { type: 'vote', term: term(9), last, transfer: false } })
    expect(cluster.sent.at(-1)).toMatchObject({ from: 'd', message: { type: 'voteResponse', granted: true } })
  })

  it('becomes a voter, and then counts as one', () => {
    const cluster = withLearner()
    cluster.reconfigure('a', add('d'))
    cluster.pass(25)
    cluster.raft('a').step({ type: 'transfer', to: 'd' }, cluster.now)
    cluster.runEffects()
    expect(cluster.leader).toBe('d')
  })
})

describe('a new member', () => {
  it('gets a snapshot if the log that it needs is compacted away, then the rest of the log', () => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    for (const command of ['one', 'two', 'three']) cluster.propose('a', command)
    const snapshot = cluster.compact('a')
    cluster.propose('a', 'four')
    cluster.reconfigure('a', add('d'))
    cluster.pass(50)
    const offered = cluster.sent.filter(({ message }) => message.type === 'snapshot')
    expect(offered).toMatchObject([{ from: 'a', to: 'd', message: { snapshot } }])
    expect(commandsOf(cluster, 'd')).toEqual(['one', 'two', 'three', 'four'])
    expect(configurationOf(cluster, 'd').voters).toEqual(['a', 'b', 'c', 'd'])
    expect(cluster.node('d').log.firstIndex).toBe(snapshot.index + 1)
    expect(cluster.raft('a').inspect().progress.get('d')).toMatchObject({ state: 'replicate' })
  })

  it('that is not far behind holds up the compaction of the log that it needs, as long as it answers', () => {
    const cluster = led(['a', 'b', 'c'])
    cluster.pass(25)
    cluster.deliver = ({ to, message }) => to !== 'c' || message.type !== 'append'
    cluster.propose('a', 'which c lacks')
    cluster.pass(25)
    const { match } = cluster.raft('a').inspect().progress.get('c')!
    expect(match).toBeLessThan(cluster.raft('a').applied)
    expect(cluster.raft('a').compactableIndex).toBe(match)
    cluster.crash('c')
    cluster.pass(250)
    expect(cluster.raft('a').compactableIndex).toBe(cluster.raft('a').applied)
  })

  it('that is so far behind that a snapshot is better holds up no compaction', () => {
    const cluster = led(['a', 'b', 'c'])
    cluster.pass(25)
    const { match } = cluster.raft('a').inspect().progress.get('c')!
    cluster.deliver = ({ to, message }) => to !== 'c' || message.type !== 'append'
    const entries = Array.from({ length: 5000 }, () => ({ type: 'normal', data: Uint8Array.of(1) }) as const)
    cluster.raft('a').step({ type: 'propose', request: null, entries }, cluster.now)
    cluster.runEffects()
    expect(cluster.raft('a').applied - match).toBe(5000)
    expect(cluster.raft('a').compactableIndex).toBe(match)
    cluster.propose('a', 'one more')
    expect(cluster.raft('a').compactableIndex).toBe(match + 5001)
  })

  it('that is being sent a snapshot holds up the compaction of the log after it', () => {
    const cluster = led(['a', 'b'], ['d'])
    cluster.propose('a', 'first')
    cluster.pass(25)
    const { index: at } = cluster.compact('a')
    // The snapshot is being sent, which takes long.
    cluster.deliver = ({ message }) => message.type !== 'snapshot'
    cluster.reconfigure('a', addLearner('d'))
    cluster.pass(25)
    cluster.propose('a', 'meanwhile')
    cluster.pass(25)
    expect(cluster.raft('a').applied).toBeGreaterThan(at)
    expect(cluster.raft('a').compactableIndex).toBe(at)
    // A member that is gone holds back no other.
    cluster.crash('d')
    cluster.pass(250)
    expect(cluster.raft('a').compactableIndex).toBe(cluster.raft('a').applied)
  })

  it.each([
    ['could not be sent', true],
    ['was sent and did not arrive', false],
  ])('is offered the snapshot again when the runtime says that it %s', (_what, failed) => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    cluster.propose('a', 'one')
    cluster.compact('a')
    cluster.deliver = ({ message }) => message.type !== 'snapshot'
    cluster.reconfigure('a', addLearner('d'))
    cluster.pass(200)
    cluster.deliver = () => true
    expect(cluster.raft('a').inspect().progress.get('d')).toMatchObject({ state: 'snapshot', paused: true })
    cluster.raft('a').step({ type: 'snapshotReported', to: 'd', failed }, cluster.now)
    cluster.pass(50)
    expect(cluster.raft('a').inspect().progress.get('d')).toMatchObject({ state: 'replicate' })
    expect(commandsOf(cluster, 'd')).toEqual(['one'])
  })

  it('learns the changed membership from the snapshot, as does an old member that was away', () => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    cluster.crash('c')
    cluster.reconfigure('a', add('d'))
    cluster.pass(25)
    cluster.compact('a')
    cluster.compact('b')
    cluster.restart('c')
    cluster.pass(50)
    expect(cluster.sent.some(({ to, message }) => to === 'c' && message.type === 'snapshot')).toBe(true)
    expect(configurationOf(cluster, 'c')).toEqual(configurationOf(cluster, 'a'))
    expect(configurationIndexOf(cluster, 'c')).toBe(configurationIndexOf(cluster, 'a'))
  })

  it('restarts with the membership of its snapshot', () => {
    const cluster = led(['a', 'b', 'c'], ['d'])
    cluster.propose('a', 'one')
    cluster.reconfigure('a', add('d'))
    cluster.pass(50)
    cluster.compact('d')
    cluster.crash('d')
    cluster.restart('d')
    expect(configurationOf(cluster, 'd').voters).toEqual(['a', 'b', 'c', 'd'])
    expect(commandsOf(cluster, 'd')).toEqual(['one'])
    cluster.propose('a', 'two')
    cluster.pass(50)
    expect(commandsOf(cluster, 'd')).toEqual(['one', 'two'])
  })
})

describe('a member that is silent', () => {
  it('is offered no snapshot before it answers, as it would be lost', () => {
    const cluster = led(['a', 'b', 'c'])
    cluster.crash('c')
    cluster.propose('a', 'which c lacks')
    cluster.compact('a')
    cluster.pass(250)
    cluster.raft('a').step({ type: 'peerUnreachable', id: 'c' }, cluster.now)
    cluster.propose('a', 'and this')
    const offers = () => cluster.sent.filter(({ message }) => message.type === 'snapshot')
    expect(offers()).toEqual([])
    expect(cluster.raft('a').inspect().progress.get('c')).toMatchObject({
      state: 'probe',
      pendingSnapshot: 0,
    })
    cluster.restart('c')
    cluster.pass(50)
    expect(offers()).toMatchObject([{ to: 'c' }])
    expect(commandsOf(cluster, 'c')).toEqual(['which c lacks', 'and this'])
  })
})

describe('the quorum check', () => {
  it('gives a new member time to answer', () => {
    const cluster = led(['a'], ['b'], { lease: false })
    cluster.pass(95)
    cluster.crash('b')
    cluster.reconfigure('a', add('b'))
    cluster.pass(50)
    expect(cluster.raft('a').role).toBe('leader')
    cluster.pass(100)
    expect(cluster.raft('a').role).toBe('follower')
  })
})

describe('a snapshot of a log in memory', () => {
  it('is of that log', () => {
    const cluster = led(['a'])
    const { configuration } = cluster.compact('a')
    const { log } = cluster.node('a')
    for (const place of [
      { index: index(1), term: term(2) },
      { index: index(7), term: term(1) },
    ])
      expect(() => log.compact({ ...place, configuration })).toThrow(InvariantError)
  })
})

// Priorities: which member should lead where several could (election/priority.ts).
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'

const members = ['a', 'b', 'c']
/** Random time-outs favour `a` over `b` over `c`; priorities say the opposite. */
const reversed = { a: { priority: 1 }, b: { priority: 2 }, c: { priority: 3 } }

describe('priorities', () => {
  it('leave the first election to chance: no node knows of a better one yet', () => {
    const cluster = new TestCluster(members, {}, reversed)
    cluster.pass(150)
    expect(cluster.leader).toBe('a')
  })

  it.each([
    ['with leases', {}],
    ['with quorum checks', { lease: false }],
    ['in plain Raft', { lease: false, checkQuorum: false, preVote: false }],
  ])('make a leader transfer to a better member that has been there for a while, %s', (_, config) => {
    const cluster = new TestCluster(members, config, reversed)
    cluster.elect('a')
    cluster.pass(90)
    expect(cluster.leader).toBe('a')
    cluster.pass(250)
    expect(cluster.leader).toBe('c')
    expect(cluster.raft('c').term).toBe(2)
  })

  it('count for members that have answered for two election timeouts without a gap', () => {
    const cluster = new TestCluster(members, {}, { c: { priority: 3 } })
    cluster.elect('a')
    cluster.pass(95)
    cluster.deliver = ({ from, to }) => from !== 'c' && to !== 'c'
    cluster.pass(10) // the first one ended, in which it had answered
    expect([cluster.leader, cluster.raft('a').inspect().transferTarget]).toEqual(['a', null])
    cluster.pass(100)
    cluster.deliver = () => true
    cluster.pass(190) // from 205 on: for the one that ended at 300
    expect([cluster.leader, cluster.raft('a').term]).toEqual(['a', 1])
    cluster.pass(30)
    expect(cluster.leader).toBe('c')
  })

  it('let the best of the remaining members be first when the leader is gone', () => {
    const cluster = new TestCluster(members, {}, reversed)
    cluster.elect('c')
    cluster.pass(50)
    cluster.crash('c')
    const elected: (string | null)[] = []
    for (let ms = 0; ms < 400 && elected.length === 0; ms++) {
      cluster.pass(1)
      if (cluster.leader !== null) elected.push(cluster.leader)
    }
    expect(elected).toEqual(['b'])
  })

  it('are told with every heartbeat, right after a quorum check too', () => {
    const cluster = new TestCluster(members, {}, { b: { priority: 2 }, c: { priority: 3 } })
    cluster.elect('c')
    cluster.pass(50)
    const before = cluster.sent.length
    cluster.pass(500)
    const told = cluster.sent
      .slice(before)
      .flatMap(({ to, message }) =>
        to === 'a' && message.type === 'heartbeat' ? [message.successorPriority] : [],
      )
    expect(told.length).toBeGreaterThan(10)
    expect(told.every((priority) => priority === 2)).toBe(true)
  })

  it.each([
    ['with quorum checks', true],
    ['without', false],
  ])('of members that are gone are told no more, %s', (_, checkQuorum) => {
    const cluster = new TestCluster(
      members,
      { lease: false, checkQuorum },
      { b: { priority: 2 }, c: { priority: 0 } },
    )
    cluster.elect('a')
    cluster.pass(50)
    cluster.crash('b')
    cluster.pass(250)
    const { message } = cluster.sent.findLast(
      ({ to, message }) => to === 'c' && message.type === 'heartbeat',
    )!
    expect(message).toMatchObject({ successorPriority: 0 })
  })

  it('cost one election timeout at most: the better member may be gone too', () => {
    const cluster = new TestCluster(['a', 'b', 'c', 'd', 'e'], {}, { d: { priority: 5 } })
    cluster.elect('e')
    cluster.pass(30)
    cluster.crash('e')
    cluster.crash('d')
    cluster.pass(185) // the last heartbeat was at 20: a is due at 220
    expect(cluster.leader).toBeNull()
    cluster.pass(10)
    expect(cluster.leader).not.toBeNull()
  })

  it('do not make a leader try again at once when the better member does not take over', () => {
    const cluster = new TestCluster(members, { lease: false }, reversed)
    cluster.elect('a')
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
    cluster.pass(1500)
    const told = cluster.sent.filter(({ message }) => message.type === 'timeoutNow')
    expect(told).toHaveLength(1)
    expect(cluster.leader).toBe('a')
  })

  it('count when a leader leaves: it transfers to a priority of 0 only if there is no other', () => {
    const cluster = new TestCluster(members, {}, { b: { priority: 0 } })
    cluster.elect('a')
    cluster.pass(50)
    cluster.deliver = ({ to }) => to !== 'c'
    cluster.propose('a', 'which c has not')
    cluster.deliver = () => true
    cluster.raft('a').step({ type: 'transfer', to: null }, cluster.now)
    cluster.runEffects()
    cluster.pass(30)
    expect(cluster.leader).toBe('c')
  })

  it('are refused if they are out of range', () => {
    for (const priority of [-1, 1.5, 101, Number.NaN])
      expect(() => new TestCluster(['a'], { priority })).toThrow(
        /priority must be a whole number from 0 to 100/,
      )
  })
})

describe('a follower whose connection to the leader broke', () => {
  it('stands as soon as promises allow', () => {
    const cluster = new TestCluster(members)
    cluster.elect('a')
    cluster.pass(50)
    const heard = cluster.now
    cluster.crash('a')
    for (const id of ['b', 'c']) cluster.raft(id).step({ type: 'peerUnreachable', id: 'a' }, cluster.now)
    while (cluster.leader === null && cluster.now < heard + 300) cluster.pass(1)
    // 1.25 T, less up to one interval since the last heartbeat; without the report 4/3 T.
    expect(cluster.now - heard).toBeLessThanOrEqual(110)
    expect(cluster.now - heard).toBeGreaterThanOrEqual(80)
  })

  it('deposes no leader that the others hear', () => {
    const cluster = new TestCluster(members)
    cluster.elect('a')
    cluster.pass(50)
    cluster.deliver = ({ from, to }) => !(from === 'a' && to === 'c')
    for (let i = 0; i < 10; i++) {
      cluster.raft('c').step({ type: 'peerUnreachable', id: 'a' }, cluster.now)
      cluster.pass(100)
    }
    expect(cluster.leader).toBe('a')
    expect(cluster.raft('a').term).toBe(1)
  })

  it('does not hurry without pre-vote, as it would depose a healthy leader', () => {
    const cluster = new TestCluster(members, { preVote: false, checkQuorum: false, lease: false })
    cluster.elect('a')
    const before = cluster.raft('c').nextDeadline()
    cluster.raft('c').step({ type: 'peerUnreachable', id: 'a' }, cluster.now)
    expect(cluster.raft('c').nextDeadline()).toBe(before)
  })
})

// Two configurations at once (paper §6; thesis §4.3): decisions need both.
import type { Entry, MembershipChange, NodeId } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import type { TestCluster } from './cluster.ts'
import { add, configurationOf, cutOff, leave, led } from './members.ts'

describe('a joint configuration', () => {
  const swap: MembershipChange = {
    transition: 'explicit',
    changes: [
      { kind: 'voter', id: 'd' },
      { kind: 'voter', id: 'e' },
      { kind: 'remove', id: 'b' },
      { kind: 'remove', id: 'c' },
    ],
  }

  function joint(config = {}): TestCluster {
    const cluster = led(['a', 'b', 'c'], ['d', 'e'], config)
    cluster.reconfigure('a', swap)
    cluster.pass(25)
    expect(configurationOf(cluster, 'd')).toMatchObject({
      voters: ['a', 'd', 'e'],
      outgoing: ['a', 'b', 'c'],
    })
    return cluster
  }

  it.each<[string, NodeId[]]>([
    ['old', ['b', 'c']],
    ['new', ['d', 'e']],
  ])('commits nothing without a majority of the %s half', (_half, lost) => {
    const cluster = joint({ lease: false })
    cutOff(cluster, ...lost)
    const { commit } = cluster.raft('a')
    cluster.propose('a', 'x')
    expect(cluster.raft('a').commit).toBe(commit)
    cluster.deliver = () => true
    cluster.pass(25)
    expect(cluster.raft('a').commit).toBe(commit + 1)
  })

  it.each<[string, NodeId[]]>([
    ['old', ['d', 'e']],
    ['new', ['b', 'c']],
  ])('elects nobody by the %s half alone', (_half, alone) => {
    const cluster = joint({ lease: false, checkQuorum: false })
    cluster.crash('a')
    cluster.deliver = ({ from, to }) => alone.includes(from) === alone.includes(to)
    cluster.pass(1000, alone)
    expect(cluster.leader).toBe(null)
    cluster.deliver = () => true
    cluster.pass(1000)
    expect(cluster.leader).not.toBe(null)
  })

  it.each<[string, NodeId[]]>([
    ['old', ['b', 'c']],
    ['new', ['d', 'e']],
  ])('gives no lease without a majority of the %s half', (_half, lost) => {
    const cluster = joint()
    cutOff(cluster, ...lost)
    const { leaseDeadline } = cluster.raft('a')
    cluster.pass(50, ['a'])
    expect(cluster.raft('a').leaseDeadline).toBe(leaseDeadline)
    cluster.pass(50, ['a'])
    expect(cluster.raft('a').role).toBe('follower')
  })

  it('is left when that is asked for, and only then', () => {
    const cluster = joint()
    cluster.pass(200)
    expect(configurationOf(cluster, 'a').outgoing).toEqual(['a', 'b', 'c'])
    expect(cluster.reconfigure('a', add('b'))).toMatchObject({ at: null, reason: 'invalid-change' })
    cluster.reconfigure('a', leave)
    cluster.pass(25)
    for (const id of ['a', 'd', 'e'])
      expect(configurationOf(cluster, id)).toMatchObject({ voters: ['a', 'd', 'e'], outgoing: [] })
  })

  it('is left when a transfer that held this off is abandoned', () => {
    const cluster = led(['a', 'b', 'c'], ['d', 'e'])
    // It takes effect only during the transfer.
    cluster.deliver = ({ to }) => to !== 'a'
    cluster.reconfigure('a', { ...swap, transition: 'implicit' })
    cluster.deliver = ({ from, to }) => from !== 'c' && to !== 'c'
    cluster.raft('a').step({ type: 'transfer', to: 'c' }, cluster.now)
    cluster.pass(45) // two heartbeats: a lease may rest on the promises of d and e then
    expect(configurationOf(cluster, 'a').outgoing).toEqual(['a', 'b', 'c'])
    expect(cluster.raft('a').inspect().transferTarget).toBe('c')
    cluster.deliver = () => true
    cluster.raft('a').step({ type: 'transfer', to: 'a' }, cluster.now)
    cluster.pass(50)
    expect(cluster.raft('a').role).toBe('leader')
    expect(configurationOf(cluster, 'a').outgoing).toEqual([])
  })

  it('is left by the next leader if the one that entered it is gone', () => {
    const cluster = led(['a', 'b', 'c'], ['d', 'e'], { lease: false, maxMessageBytes: 0 })
    // The joint configuration is in force everywhere, and its leader dies before it sends the entry that
    // leaves it.
    const leaves = ({ type, data }: Entry): boolean => type === 'configuration' && data.length === 0
    cluster.deliver = ({ message }) => !(message.type === 'append' && message.entries.some(leaves))
    cluster.reconfigure('a', { ...swap, transition: 'implicit' })
    cluster.pass(25)
    expect(configurationOf(cluster, 'd')).toMatchObject({ outgoing: ['a', 'b', 'c'], autoLeave: true })
    cluster.crash('a')
    cluster.deliver = () => true
    cluster.pass(1000)
    expect(cluster.leader).not.toBe(null)
    for (const id of ['d', 'e'])
      expect(configurationOf(cluster, id)).toMatchObject({ voters: ['a', 'd', 'e'], outgoing: [] })
  })
})

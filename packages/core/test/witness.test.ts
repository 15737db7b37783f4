// A witness: a voter without a state machine (node/witness.ts). `w` is one, `a` and `b` are full members.
import type { Envelope } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { TestCluster } from './cluster.ts'
import { commandsOf } from './members.ts'

const pair = (config = {}): TestCluster => new TestCluster(['a', 'b', 'w'], config, { w: { witness: true } })

/** `a` has committed `vital` with the witness alone, and dies. */
function vitalOnWitness(config = {}): TestCluster {
  const cluster = pair(config)
  cluster.elect('a')
  cluster.pass(50)
  cluster.deliver = ({ to }) => to !== 'b'
  cluster.propose('a', 'vital')
  expect(commandsOf(cluster, 'a')).toEqual(['vital'])
  cluster.crash('a')
  cluster.deliver = () => true
  return cluster
}

describe('a witness', () => {
  it.each([
    ['with leases', {}],
    ['without', { checkQuorum: false, lease: false }],
  ])('passes on what only it and a dead leader hold, and hands over (%s)', (_name, config) => {
    const cluster = vitalOnWitness(config)
    const leaders = new Set<string>()
    let heldByWitness = false
    for (let ms = 0; ms < 1000; ms++) {
      cluster.pass(1)
      if (cluster.leader !== null) leaders.add(cluster.leader)
      heldByWitness ||= cluster.held('w')
    }
    expect([...leaders].at(-1)).toBe('b')
    expect(cluster.leader).toBe('b')
    expect(commandsOf(cluster, 'b')).toEqual(['vital'])
    expect(heldByWitness).toBe(false)
    cluster.propose('b', 'after')
    expect(commandsOf(cluster, 'b')).toEqual(['vital', 'after'])
  })

  it('also transfers leadership if the others had its whole log before its own disk did', () => {
    const cluster = vitalOnWitness()
    cluster.node('w').holdWrites = true
    for (let ms = 0; ms < 400 && cluster.raft('w').role !== 'leader'; ms++) {
      cluster.pass(1)
      // Its votes are written, but no entry that it appends as a leader.
      if (cluster.raft('w').role !== 'leader') cluster.finishWrites('w')
    }
    expect(cluster.raft('w').role).toBe('leader')
    cluster.pass(5)
    expect(cluster.raft('b').inspect().lastIndex).toBe(cluster.raft('w').inspect().lastIndex)
    cluster.deliver = ({ from, message }) => !(from === 'b' && message.type === 'appendResponse')
    cluster.node('w').holdWrites = false
    cluster.finishWrites('w')
    cluster.pass(60)
    expect(cluster.leader).toBe('b')
  })

  it('takes no proposals while it leads', () => {
    const cluster = vitalOnWitness()
    cluster.deliver = ({ message }) => message.type !== 'timeoutNow'
    while (cluster.leader === null) cluster.pass(1)
    expect(cluster.leader).toBe('w')
    cluster.propose('w', 'not here', 7)
    expect(cluster.node('w').outcomes).toContainEqual({ request: 7, at: null, reason: 'transferring' })
  })

  it.each([
    ['with leases', {}],
    ['with quorum checks', { lease: false }],
    ['in plain Raft', { lease: false, checkQuorum: false, preVote: false }],
  ])('and another one, and nobody else, do not hand over to one another without end, %s', (_, config) => {
    const cluster = new TestCluster(['a', 'v', 'w'], config, { v: { witness: true }, w: { witness: true } })
    cluster.elect('a')
    cluster.propose('a', 'vital')
    const isOrder = ({ message }: Envelope): boolean => message.type === 'timeoutNow'
    cluster.deliver = (envelope) => !isOrder(envelope) || cluster.sent.filter(isOrder).length < 100
    cluster.crash('a')
    cluster.pass(1000)
    expect(cluster.sent.filter(isOrder).length).toBeLessThanOrEqual(20) // one of each in an election timeout
    cluster.restart('a')
    cluster.pass(200)
    expect(cluster.leader).toBe('a')
  })

  it('leaves the election to full members as long as one of them can win', () => {
    const cluster = pair()
    cluster.elect('a')
    cluster.pass(50)
    cluster.crash('a')
    const leaders: string[] = []
    for (let ms = 0; ms < 500; ms++) {
      cluster.pass(1)
      if (cluster.leader !== null && !leaders.includes(cluster.leader)) leaders.push(cluster.leader)
    }
    expect(leaders).toEqual(['b'])
  })

  it('may forget only what every voter holds', () => {
    const cluster = pair()
    cluster.elect('a')
    cluster.pass(50)
    cluster.propose('a', 'everywhere')
    cluster.pass(50)
    expect(cluster.raft('w').compactableIndex).toBe(2)
    cluster.deliver = ({ to }) => to !== 'b'
    cluster.propose('a', 'not at b')
    cluster.pass(50)
    expect(cluster.raft('w').applied).toBe(3)
    expect(cluster.raft('w').compactableIndex).toBe(2)
    cluster.crash('b')
    cluster.pass(250)
    expect(cluster.raft('w').compactableIndex).toBe(2)
    expect(cluster.raft('a').compactableIndex).toBe(3)
    cluster.restart('b')
    cluster.deliver = () => true
    cluster.pass(50)
    expect(cluster.raft('w').compactableIndex).toBe(3)
  })

  it('offers no snapshot, as it has no state to make one of', () => {
    const cluster = pair()
    cluster.deliver = ({ to }) => to !== 'b'
    cluster.elect('a')
    cluster.pass(50)
    cluster.compact('w') // which it may not: see above
    cluster.crash('a')
    cluster.deliver = () => true
    cluster.pass(1000)
    expect(cluster.leader).toBe('w')
    expect(cluster.sent.filter(({ from, message }) => from === 'w' && message.type === 'snapshot')).toEqual(
      [],
    )
  })
})

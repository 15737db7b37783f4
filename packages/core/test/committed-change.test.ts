// A candidate with an old configuration learns of the change that replaced it, from any voter and from a
// leader that removed itself, which must not take the others' majority with it (thesis §4.2.2).
import { describe, expect, it } from 'vitest'
import type { TestCluster } from './cluster.ts'
import { commandsOf, configurationOf, led, remove } from './members.ts'

/**
 * `a` removes itself and appends one more entry. No other member gets that entry, or hears of the commit. So
 * `b` believes that it needs the vote of `a`, whose log is longer.
 */
function leftBehind(config: Parameters<typeof led>[2] = {}): TestCluster {
  const cluster = led(['a', 'b'], [], config)
  cluster.pass(25)
  cluster.propose('a', 'before')
  cluster.node('b').holdWrites = true
  cluster.reconfigure('a', remove('a'))
  cluster.deliver = ({ from }) => from !== 'a'
  cluster.propose('a', 'reaches nobody')
  cluster.finishWrites('b')
  cluster.node('b').holdWrites = false
  expect(configurationOf(cluster, 'a').voters).toEqual(['b'])
  expect(configurationOf(cluster, 'b').voters).toEqual(['a', 'b'])
  expect(cluster.raft('a').inspect().lastIndex).toBeGreaterThan(cluster.raft('b').inspect().lastIndex)
  cluster.deliver = () => true
  return cluster
}

describe('a removed node', () => {
  it.each([
    ['with leases', {}],
    ['without pre-vote', { preVote: false }],
    ['in plain Raft', { preVote: false, checkQuorum: false, lease: false }],
  ])('tells candidates what is committed, so that they need its vote no more (%s)', (_name, config) => {
    const cluster = leftBehind(config)
    cluster.pass(1000)
    expect(cluster.leader).toBe('b')
    expect(configurationOf(cluster, 'b').voters).toEqual(['b'])
    cluster.propose('b', 'after')
    expect(commandsOf(cluster, 'b')).toEqual(['before', 'after'])
  })

  it('also tells it after a restart', () => {
    const cluster = leftBehind()
    cluster.crash('a')
    cluster.pass(500)
    expect(cluster.leader).toBeNull()
    cluster.restart('a')
    cluster.runEffects()
    cluster.pass(1000)
    expect(cluster.leader).toBe('b')
  })

  it('is believed only if the log holds that very entry', () => {
    const cluster = leftBehind()
    cluster.pass(0)
    const { commit, lastIndex } = cluster.raft('b').inspect()
    cluster.receive('b', {
      from: 'a',
      message: {
        type: 'preVoteResponse',
        term: cluster.raft('b').term,
        granted: false,
        committed: { index: lastIndex, term: cluster.raft('b').inspect().lastTerm + 1 } as never,
      },
    })
    expect(cluster.raft('b').commit).toBe(commit)
  })

  it('tells nothing else: a candidate learns of commits without a change only from leaders', () => {
    const cluster = led(['a', 'b', 'c'], [], { preVote: false, checkQuorum: false, lease: false })
    cluster.deliver = ({ to }) => to !== 'c'
    cluster.propose('a', 'committed by a and b')
    cluster.deliver = () => true
    const { entries } = { entries: cluster.node('a').log.entries(2 as never, 3 as never, 1e9) }
    cluster.crash('a')
    const prev = { term: 1 as never, index: 1 as never }
    cluster.receive('c', {
      from: 'a',
      message: { type: 'append', term: 1 as never, prev, entries, commit: 1 as never },
    })
    cluster.deliver = ({ from, to, message }) => from !== 'c' || to !== 'b' || message.type === 'vote'
    const commitsAtElection: number[] = []
    cluster.raft('c').step({ type: 'campaign' }, cluster.now)
    cluster.runEffects()
    commitsAtElection.push(cluster.raft('c').commit)
    expect([cluster.raft('c').role, commitsAtElection]).toEqual(['leader', [1]])
  })
})

describe('a candidate with an old configuration', () => {
  it('learns from its votes that it needs no more of them', () => {
    const cluster = led(['a', 'b', 'c', 'd'], [], { preVote: false, checkQuorum: false, lease: false })
    // b has the change but does not know that it is committed, so it believes that it needs three votes of
    // four.
    cluster.deliver = ({ to, message }) => !(to === 'b' && message.type === 'append' && message.commit > 1)
    cluster.reconfigure('a', remove('d'))
    for (const gone of ['a', 'd']) cluster.crash(gone)
    cluster.deliver = () => true
    expect(configurationOf(cluster, 'b').voters).toHaveLength(4)
    expect(configurationOf(cluster, 'c').voters).toHaveLength(3)
    for (let i = 0; i < 10 && cluster.leader === null; i++) cluster.elect('b')
    expect(cluster.leader).toBe('b')
    expect(configurationOf(cluster, 'b').voters).toEqual(['a', 'b', 'c'])
  })
})

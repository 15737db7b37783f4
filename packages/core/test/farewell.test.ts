// A leader that removes itself must not take the others' majority with it (thesis §4.2.2).
import { standardRules } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import type { TestCluster } from './cluster.ts'
import { commandsOf, configurationOf, led, remove } from './members.ts'

/**
 * `a` removes itself and appends one entry more, which reaches nobody; what it has committed nobody hears of. So `b` believes that it
 * needs the vote of `a`, whose log is longer.
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

describe('who is removed', () => {
  it.each([
    ['with leases', {}],
    ['without pre-vote', { preVote: false }],
    ['in plain Raft', { preVote: false, checkQuorum: false, lease: false }],
  ])('tells those who ask for its vote what is committed: they need it no more (%s)', (_name, config) => {
    const cluster = leftBehind(config)
    cluster.pass(1000)
    expect(cluster.leader).toBe('b')
    expect(configurationOf(cluster, 'b').voters).toEqual(['b'])
    cluster.propose('b', 'after')
    expect(commandsOf(cluster, 'b')).toEqual(['before', 'after'])
  })

  it('tells it after a restart, too', () => {
    const cluster = leftBehind()
    cluster.crash('a')
    cluster.pass(500)
    expect(cluster.leader).toBeNull()
    cluster.restart('a')
    cluster.settle()
    cluster.pass(1000)
    expect(cluster.leader).toBe('b')
  })

  it('is believed only where the log holds that very entry', () => {
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

  it('owes that: a voter says nothing of the kind', () => {
    expect(standardRules.tellsWhatIsCommitted(true)).toBe(false)
    expect(standardRules.tellsWhatIsCommitted(false)).toBe(true)
  })
})

// A view is read-only: a caller can write neither into the node nor into the views of others.
import type { NodeId, RaftView } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import { staticVoters } from '../src/membership/configuration.ts'
import { TestCluster } from './cluster.ts'
import { add, configurationOf, led } from './members.ts'

/** Every way to write into a value and what it holds; run, each says whether it worked. */
function* writesInto(value: unknown, path: string): Generator<readonly [string, () => unknown]> {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Map) {
    for (const [key, its] of value) yield* writesInto(its, `${path}.get(${key})`)
    for (const key of [...value.keys(), 'zz']) yield [`${path}.set(${key})`, () => value.set(key, 'zz')]
    for (const key of value.keys()) yield [`${path}.delete(${key})`, () => value.delete(key)]
    yield [`${path}.clear()`, () => value.clear()]
  }
  if (Array.isArray(value)) yield [`${path}.push()`, () => value.push('zz')]
  for (const [key, its] of Object.entries(value)) {
    yield* writesInto(its, `${path}.${key}`)
    yield [`${path}.${key} =`, () => Object.assign(value, { [key]: 'zz' })]
  }
  yield [`${path}.zz =`, () => Object.assign(value, { zz: 'zz' })]
}

const works = (write: () => unknown): boolean => {
  try {
    write()
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return false
  }
}

/** All of it: c has refused b, which has been refused; a has led, and lost that, and leads again. */
function eventful(): TestCluster {
  const cluster = led(['a', 'b', 'c'], ['d'], { lease: false, checkQuorum: false, preVote: false })
  cluster.pass(50)
  cluster.reconfigure('a', add('d'))
  cluster.deliver = ({ to }) => to !== 'b'
  cluster.propose('a', 'which b lacks')
  cluster.deliver = ({ to }) => to !== 'a'
  cluster.elect('b')
  cluster.deliver = () => true
  cluster.pass(300)
  if (cluster.leader !== 'a') cluster.elect('a')
  cluster.pass(30)
  return cluster
}

function unanswered(): RaftView {
  const cluster = eventful()
  cluster.node('c').holdWrites = true
  cluster.deliver = () => false
  cluster.elect('c')
  return cluster.raft('c').inspect()
}

function afterVoting(): RaftView {
  const cluster = eventful()
  expect(cluster.raft('c').inspect().refusals).not.toEqual([])
  cluster.elect('b')
  expect(cluster.raft('c').inspect().refusals).toEqual([])
  return cluster.raft('c').inspect()
}

describe('a view', () => {
  it('holds everything that a view can hold, in the tests below', () => {
    const cluster = eventful()
    const leader = cluster.raft('a').inspect()
    expect(leader.progress.size).toBe(4)
    expect(leader.lostLeadership).not.toBe(null)
    expect(leader.election!.answers.size).toBe(4)
    const refused = cluster.raft('b').inspect().election!
    expect([...refused.answers.values()].some((answer) => answer?.refusal)).toBe(true)
    expect(cluster.raft('c').inspect().refusals).toMatchObject([{ candidate: 'b' }])
  })

  it.each<[string, () => RaftView]>([
    ['a leader', () => eventful().raft('a').inspect()],
    ['a candidate that was refused', () => eventful().raft('b').inspect()],
    ['a voter that has refused', () => eventful().raft('c').inspect()],
    ['a follower', () => eventful().raft('d').inspect()],
    ['a candidate that has no answer yet', unanswered],
    ['a voter that has voted for a candidate that it refused before', afterVoting],
  ])('of %s takes no write anywhere', (_who, viewed) => {
    const view = viewed()
    const before = structuredClone(view)
    const writes = [...writesInto(view, 'view')]
    expect(writes.length).toBeGreaterThan(40)
    expect(writes.filter(([, write]) => works(write)).map(([path]) => path)).toEqual([])
    expect(view).toEqual(before)
  })

  it('does not change when the values change that the node was started with', () => {
    const founders = staticVoters(['a', 'b', 'c']) as { voters: NodeId[] } & RaftView['configuration']
    const cluster = new TestCluster(['a', 'b', 'c'], {}, {}, founders)
    expect(() => founders.voters.push('zz')).toThrow(TypeError)
    expect(configurationOf(cluster, 'a').voters).toEqual(['a', 'b', 'c'])
  })

  it('stays the view of its moment: later events are in later views', () => {
    const cluster = eventful()
    const views = ['a', 'b', 'c'].map((id) => cluster.raft(id).inspect())
    const before = structuredClone(views)
    cluster.elect('c')
    cluster.reconfigure('c', { transition: 'auto', changes: [{ kind: 'remove', id: 'd' }] })
    cluster.pass(300)
    expect(views).toEqual(before)
  })
})

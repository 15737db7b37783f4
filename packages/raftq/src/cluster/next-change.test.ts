import { type Configuration, index, type NodeId, type RaftView, staticVoters } from '@oarlock/core'
import { expect, it } from 'vitest'
import { type MembershipRequests, nextMembershipChange } from './next-change.ts'

/** How the leader sees its peers. A peer that is missing is silent. */
type Seen = Readonly<Record<NodeId, { readonly match?: number; readonly state?: 'probe' | 'replicate' }>>

/** The view of the leader a~1, with everything up to 9 committed. */
const view = (membership: Partial<Configuration>, seen: Seen = {}): RaftView => {
  const progress = Object.entries(seen).map(([id, { match = 9, state = 'replicate' }]) => [
    id,
    { recentActive: true, state, match: index(match) },
  ])
  const configuration = { ...staticVoters(['a~1']), ...membership }
  return {
    id: 'a~1',
    configuration,
    progress: new Map(progress as []),
    commit: index(9),
  } as unknown as RaftView
}
const next = (of: RaftView, wishes: { departed?: string[]; joining?: NodeId[] } = {}) =>
  nextMembershipChange(of, {
    departed: new Set(wishes.departed),
    joining: wishes.joining ?? [],
  } satisfies MembershipRequests)
const changes = (...pairs: [kind: string, id: NodeId][]) => ({
  transition: 'auto',
  changes: pairs.map(([kind, id]) => ({ kind, id })),
})

it('a node that asks becomes a learner', () =>
  expect(next(view({}), { joining: ['b~1'] })).toEqual(changes(['learner', 'b~1'])))

it('a learner becomes a voter when it has caught up, and not before', () => {
  const learners = { learners: ['b~1'] }
  expect(next(view(learners, { 'b~1': {} }))).toEqual(changes(['voter', 'b~1']))
  expect(next(view(learners, { 'b~1': { match: 8 } }))).toBeNull()
  expect(next(view(learners, { 'b~1': { state: 'probe' } }))).toBeNull()
  expect(next(view(learners))).toBeNull()
})

it('nothing is changed while a change is under way', () =>
  expect(next(view({ outgoing: ['a~1'] }), { joining: ['b~1'] })).toBeNull())

it('a node that left is removed, and cannot ask', () => {
  const three = { voters: ['a~1', 'b~1', 'c~1'] }
  expect(next(view(three), { departed: ['b'] })).toEqual(changes(['remove', 'b~1']))
  expect(next(view({ ...three, learners: ['d~1'] }), { departed: ['d'] })).toEqual(changes(['remove', 'd~1']))
  expect(next(view({}), { departed: ['b'], joining: ['b~2'] })).toBeNull()
})

it('a leader that left transfers leadership if there is a successor', () => {
  const three = { voters: ['a~1', 'b~1', 'c~1'] }
  const seen = { 'b~1': { match: 8 }, 'c~1': {} }
  expect(next(view(three, seen), { departed: ['a'] })).toEqual({ transferTo: 'c~1' })
  expect(next(view(three, seen), { departed: ['a', 'c'] })).toEqual({ transferTo: 'b~1' })
  expect(next(view(three), { departed: ['a'] })).toBeNull()
  expect(next(view({}), { departed: ['a'] })).toBeNull()
})

it('a namesake replaces a silent node in one change', () =>
  expect(next(view({ voters: ['a~1', 'b~1'] }), { joining: ['b~2'] })).toEqual(
    changes(['remove', 'b~1'], ['learner', 'b~2']),
  ))

it('a namesake is not added beside a live node or the leader', () => {
  expect(next(view({ voters: ['a~1', 'b~1'] }, { 'b~1': {} }), { joining: ['b~2'] })).toBeNull()
  expect(next(view({}), { joining: ['a~2'] })).toBeNull()
})

it('a node that cannot be added does not hold up another', () =>
  expect(next(view({ voters: ['a~1', 'b~1'] }, { 'b~1': {} }), { joining: ['b~2', 'c~1'] })).toEqual(
    changes(['learner', 'c~1']),
  ))

import type { ProgressView, RaftView } from '@oarlock/core'
import { index } from '@oarlock/core'
import { expect, it } from 'vitest'
import { StuckFollowers } from './stuck-followers.ts'

const view = (now: number, b: Partial<ProgressView>, over: Partial<RaftView> = {}): RaftView =>
  ({
    role: 'leader',
    now,
    electionTimeout: 500,
    lastIndex: index(99),
    progress: new Map([
      ['a', { match: index(99), state: 'replicate', answeredSentAt: now }],
      ['b', { match: index(41), state: 'probe', answeredSentAt: now, hasLostEntries: false, ...b }],
    ]),
    ...over,
  }) as RaftView

function stuckAfter(b: (now: number) => Partial<ProgressView>, over: Partial<RaftView> = {}) {
  const followers = new StuckFollowers()
  for (let now = 0; now <= 5_000; now += 500) followers.look(view(now, b(now), over))
  return followers.at(view(5_000, b(5_000), over))
}

it('a follower that answers and whose log does not grow is stuck after ten election timeouts', () => {
  expect(stuckAfter(() => ({}))).toEqual([{ peer: 'b', match: 41, hasLostEntries: false, since: 0 }])
})

it('one that refuses what it has acknowledged is stuck at once, also if nothing is to be sent', () => {
  const followers = new StuckFollowers()
  const seen = view(0, { match: index(99), hasLostEntries: true })
  followers.look(seen)
  expect(followers.at(seen)).toEqual([{ peer: 'b', match: 99, hasLostEntries: true, since: 0 }])
})

it.each([
  ['that gets entries, however slowly', (now: number) => ({ match: index(1 + (now > 2_000 ? 1 : 0)) })],
  ['that is silent: that is another problem', () => ({ answeredSentAt: -1_000 })],
  ['that installs a snapshot', () => ({ state: 'snapshot' as const })],
  ['that has everything', () => ({ match: index(99) })],
])('not one %s', (_, b) => {
  expect(stuckAfter(b)).toEqual([])
})

it('a node that does not lead knows nothing of it', () => {
  expect(stuckAfter(() => ({}), { role: 'follower' })).toEqual([])
})

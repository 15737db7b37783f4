import { expect, test } from 'vitest'
import { ReplayGuard } from './replay-guard.ts'

const first = { start: 100, nonce: 'first' }
const second = { start: 200, nonce: 'second' }
const accepted = { type: 'accepted' }
const replayed = { type: 'replayed' }

test('counters grow in each lane, whatever the other lane has brought', () => {
  const guard = new ReplayGuard()
  expect(guard.check('a', 'control', first, 5)).toEqual(accepted)
  expect(guard.check('a', 'bulk', first, 3)).toEqual(accepted)
  expect(guard.check('a', 'bulk', first, 3)).toEqual(replayed)
  expect(guard.check('a', 'control', first, 4)).toEqual(replayed)
  expect(guard.check('a', 'bulk', first, 4)).toEqual(accepted)
  expect(guard.check('b', 'bulk', first, 1)).toEqual(accepted)
})

test('an older session ends in both lanes', () => {
  const guard = new ReplayGuard()
  guard.check('a', 'bulk', first, 3)
  expect(guard.check('a', 'control', second, 1)).toEqual(accepted)
  for (const lane of ['control', 'bulk'] as const)
    expect(guard.check('a', lane, first, 9)).toEqual({ type: 'outdated', latest: second })
  expect(guard.check('a', 'bulk', second, 2)).toEqual(accepted)
})

test('a process that starts a newer session goes on counting, and its frames under way are not outdated', () => {
  const guard = new ReplayGuard()
  const renewed = { ...first, start: 300 }
  guard.check('a', 'bulk', first, 1)
  expect(guard.check('a', 'control', renewed, 4)).toEqual(accepted)
  expect(guard.check('a', 'bulk', first, 1)).toEqual(replayed)
  expect(guard.check('a', 'bulk', first, 2)).toEqual(accepted)
  expect(guard.check('a', 'bulk', renewed, 3)).toEqual(accepted)
  // A late frame does not bring the older session back.
  expect(guard.check('a', 'control', second, 1)).toEqual({ type: 'outdated', latest: renewed })
})

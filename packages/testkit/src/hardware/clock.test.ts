import { expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import type { FaultKind } from '../faults/index.ts'
import { type Result, simulate } from '../runs/index.ts'
import { NodeClock } from './clock.ts'

test('a clock runs at its own rate, and does not jump when the rate changes', () => {
  const clock = new NodeClock(1000, 1.5)
  expect(clock.at(100)).toBe(1150)
  expect(clock.whenShowing(1150)).toBe(100)
  clock.drift(0.5, 100)
  expect(clock.at(100)).toBe(1150)
  expect(clock.at(120)).toBe(1160)
})

test('setting the wall clock does not change the monotonic clock', async () => {
  const clock = new NodeClock(1000, 1)
  expect(clock.stepWall(5000)).toBe(false)
  expect(clock.at(100)).toBe(1100)
  const broken = await mutated<typeof import('./clock.ts')>('packages/testkit/src/hardware/clock.ts', 'R9')
  const wall = new broken.NodeClock(1000, 1)
  expect(wall.stepWall(5000)).toBe(true)
  expect(wall.at(100)).toBe(6100)
})

test('a run whose only faults are wall clock steps equals the run without faults', {
  timeout: 60_000,
}, async () => {
  const broken = await mutated<typeof import('../runs/index.ts')>('packages/testkit/src/runs/index.ts', 'R9')
  const run = (seed: number, faults: readonly FaultKind[], simulated = simulate): Result =>
    simulated({
      seed,
      adjust: (drawn) => ({
        ...drawn,
        nemesis: {
          ...drawn.nemesis,
          faults,
          faultsAtElections: 0,
          crashesAtWrites: 0,
          crashesAfterVotes: 0,
          crashesAfterAnswers: 0,
        },
      }),
    })
  let others = 0
  for (let seed = 1; seed <= 10; seed++) {
    const calm = run(seed, [])
    expect(run(seed, ['clockStep']).fingerprint).toBe(calm.fingerprint)
    if (run(seed, ['clockStep'], broken.simulate).fingerprint !== calm.fingerprint) others++
  }
  expect(others).toBeGreaterThan(5)
})

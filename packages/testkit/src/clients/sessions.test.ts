import { expect, test } from 'vitest'
import { mutated } from '../../../../test/mutation/mutated.ts'
import { type Result, simulate } from '../runs/index.ts'

const FROM = 1
const SEEDS = 60

/** All clients have a session and retry soon. `run` may contain a mutant. */
function play(seed: number, run: typeof simulate = simulate): Result {
  return run({
    seed,
    adjust: (drawn) => ({
      ...drawn,
      // A witness has no sessions.
      own: {},
      workload: {
        ...drawn.workload,
        sessions: {
          ...drawn.workload.sessions,
          count: 4,
          share: 1,
          patience: drawn.config.electionTimeout / 2,
          resident: 0,
        },
      },
    }),
  })
}

test('a command that is repeated under its session takes effect once', { timeout: 60_000 }, () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) expect(play(seed).violation).toBeNull()
})

test('K1: a command that is repeated without a session takes effect twice, and ONCE reports it', {
  timeout: 60_000,
}, async () => {
  const broken = await mutated<typeof import('../runs/index.ts')>('packages/testkit/src/runs/index.ts', 'K1')
  let violation: Result['violation'] = null
  for (let seed = FROM; seed < FROM + SEEDS && violation === null; seed++)
    violation = play(seed, broken.simulate).violation
  expect(violation).toMatchObject({
    checker: 'ONCE',
    message: expect.stringMatching(/takes effect on .* before/),
  })
})

import { expect, test } from 'vitest'
import { type RuntimeRules, standardRuntime } from '../hardware/index.ts'
import { mutantNamed } from '../mutants/index.ts'
import { type Result, simulate } from '../runs/index.ts'

const FROM = 1
const SEEDS = 60

/** Everybody has a session, and little patience. */
function run(seed: number, runtime: RuntimeRules): Result {
  return simulate({
    seed,
    runtime,
    adjust: (drawn) => ({
      ...drawn,
      workload: {
        ...drawn.workload,
        sessions: { count: 4, share: 1, patience: drawn.config.electionTimeout / 2 },
      },
    }),
  })
}

test('a command that is repeated under its session takes effect once', { timeout: 60_000 }, () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) expect(run(seed, standardRuntime).violation).toBeNull()
})

test('K1: repeated without one it takes effect twice, and that is seen', { timeout: 60_000 }, () => {
  let violation: Result['violation'] = null
  for (let seed = FROM; seed < FROM + SEEDS && violation === null; seed++)
    violation = run(seed, mutantNamed('K1').runtime!).violation
  expect(violation).toMatchObject({
    checker: 'ONCE',
    message: expect.stringMatching(/takes effect on .* before/),
  })
})

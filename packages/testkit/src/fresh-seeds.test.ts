import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { failed } from './report.ts'
import { simulate } from './run.ts'
import { regressionSeeds } from './seeds.ts'

const MOST = 1500
const BUDGET = 6000

describe('the unchanged core', () => {
  test.each(regressionSeeds)('survives seed $seed: $name', ({ seed }) => {
    const result = simulate({ seed })
    if (result.violation !== null) throw new Error(failed(result, null, []))
  })

  // Other seeds every time: a failure names its seed, and the command that replays it.
  test('survives fresh seeds', { timeout: 60_000 }, () => {
    const from = randomInt(2 ** 40)
    const began = performance.now()
    let runs = 0
    for (; runs < MOST && performance.now() - began < BUDGET; runs++) {
      const result = simulate({ seed: from + runs })
      if (result.violation !== null) throw new Error(failed(result, null, []))
    }
    expect(runs).toBeGreaterThan(0)
  })
})

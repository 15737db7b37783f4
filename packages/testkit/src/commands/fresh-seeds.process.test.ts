// Every seed that ever failed, then fresh ones on all processors for as long as the budget lasts. A process
// test, because it would make everything else slow that runs beside it.
import { randomInt } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { play, regressionSeeds, wholeOf } from '../runs/index.ts'
import { grouped } from '../telling/index.ts'
import { runSeeds } from '../workers/index.ts'
import { failureText, shrunkOf } from './failure.ts'
import { failed } from './report.ts'

/** How long fresh seeds are run, in ms. Another one: OARLOCK_FRESH_SEEDS_MS. */
const BUDGET = Number(process.env.OARLOCK_FRESH_SEEDS_MS ?? 45_000)
const SHRINKING = { runs: 2000, time: 20_000 }
/** The start, the last blocks and the report of a failure may take this long on a slow machine, in ms. */
const MARGIN = 60_000

describe('the unchanged core', () => {
  test.each(regressionSeeds)('survives seed $seed: $name', ({ seed }) => {
    const result = play(wholeOf(seed))
    if (result.violation !== null) throw new Error(failed(result))
  })

  // Other seeds every time: a failure names its seed, the command that replays it, and what it takes to see
  // it.
  test('survives fresh seeds', { timeout: BUDGET + MARGIN }, async () => {
    const from = randomInt(2 ** 40)
    const signal = AbortSignal.timeout(BUDGET)
    const { totals, failure, breakdown } = await runSeeds({ from, seeds: Number.POSITIVE_INFINITY, signal })
    process.stdout.write(
      `fresh seeds: ${grouped(totals.runs)} from ${from} on, ${grouped(totals.verified)} of them twice\n`,
    )
    if (breakdown !== null) throw new Error(`seed ${breakdown.seed}: ${breakdown.stack}`)
    if (failure !== null) {
      const schedule = wholeOf(failure.seed)
      throw new Error(failureText(schedule, failure, shrunkOf(schedule, failure, SHRINKING)))
    }
    expect(totals.runs).toBeGreaterThan(0)
  })
})

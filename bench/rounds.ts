// Contenders take turns, round by round, on the same disk and the same cores.
import type { Contender } from './contenders/contender.ts'
import type { LoadResult } from './protocol.ts'

export interface Plan {
  readonly contenders: readonly Contender[]
  readonly concurrency: readonly number[]
  readonly rounds: number
  readonly seconds: number
  /** What one of the `concurrency` loops is, such as 'proposer'. */
  readonly loop: string
  /** Called before each run. */
  readonly onRun: (what: string) => void
}

/** The results of one contender with one number of loops, by round. */
export interface Series {
  readonly contender: string
  readonly concurrency: number
  readonly rounds: ReadonlyMap<number, LoadResult>
}

export async function measureRounds(plan: Plan): Promise<Series[]> {
  const { contenders, concurrency, rounds, seconds, loop, onRun } = plan
  const series = concurrency.flatMap((loops) =>
    contenders.map((contender) => ({
      contender,
      concurrency: loops,
      rounds: new Map<number, LoadResult>(),
    })),
  )
  try {
    for (const contender of contenders) await contender.start()
    for (let round = 0; round < rounds; round++) {
      for (const { contender, concurrency: loops, rounds: results } of series) {
        onRun(`round ${round + 1} of ${rounds}: ${contender.name}, ${loops} ${loop}${loops === 1 ? '' : 's'}`)
        results.set(round, await contender.run(loops, seconds))
      }
    }
  } finally {
    await Promise.allSettled(contenders.map((contender) => contender.stop()))
  }
  return series.map((one) => ({ ...one, contender: one.contender.name }))
}

export const throughputs = (series: Series | undefined): Map<number, number> =>
  new Map([...(series?.rounds ?? [])].map(([round, { throughput }]) => [round, throughput]))

// Committed writes a second. The contenders take turns, round by round, on the same disk and the same cores.
import type { Contender } from './contenders/contender.ts'
import type { LoadResult } from './protocol.ts'
import { median, medianRatio } from './statistics.ts'

export interface WritesPlan {
  readonly contenders: readonly Contender[]
  readonly concurrency: readonly number[]
  readonly rounds: number
  readonly seconds: number
  /** Called before each run. */
  readonly onRun: (what: string) => void
}

/** The results of one contender with one number of proposers, by round. */
export interface WritesSeries {
  readonly contender: string
  readonly concurrency: number
  readonly rounds: ReadonlyMap<number, LoadResult>
}

export interface WritesFigure extends LoadResult {
  readonly contender: string
  readonly concurrency: number
  readonly slowest: number
  readonly fastest: number
  /** Medians of the ratios of each round, to the ceiling and to etcd. NaN if these were not measured. */
  readonly ofCeiling: number
  readonly timesEtcd: number
}

export async function measureWrites(plan: WritesPlan): Promise<WritesSeries[]> {
  const { contenders, concurrency, rounds, seconds, onRun } = plan
  const series = concurrency.flatMap((proposers) =>
    contenders.map((contender) => ({
      contender,
      concurrency: proposers,
      rounds: new Map<number, LoadResult>(),
    })),
  )
  try {
    for (const contender of contenders) await contender.start()
    for (let round = 0; round < rounds; round++) {
      for (const { contender, concurrency: proposers, rounds: results } of series) {
        onRun(
          `round ${round + 1} of ${rounds}: ${contender.name}, ${proposers} ${proposers === 1 ? 'proposer' : 'proposers'}`,
        )
        results.set(round, await contender.run(proposers, seconds))
      }
    }
  } finally {
    await Promise.allSettled(contenders.map((contender) => contender.stop()))
  }
  return series.map((one) => ({ ...one, contender: one.contender.name }))
}

const throughputs = (series: WritesSeries | undefined): Map<number, number> =>
  new Map([...(series?.rounds ?? [])].map(([round, { throughput }]) => [round, throughput]))

/** The figures of each series: medians over its rounds, and ratios to the rivals in the same round. */
export function writesFigures(all: readonly WritesSeries[]): WritesFigure[] {
  const find = (contender: string, concurrency: number) =>
    throughputs(all.find((one) => one.contender === contender && one.concurrency === concurrency))
  return all.map((series) => {
    const { contender, concurrency, rounds } = series
    const results = [...rounds.values()]
    const own = throughputs(series)
    return {
      contender,
      concurrency,
      throughput: median([...own.values()]),
      slowest: Math.min(...own.values()),
      fastest: Math.max(...own.values()),
      p50: median(results.map(({ p50 }) => p50)),
      p99: median(results.map(({ p99 }) => p99)),
      ofCeiling: medianRatio(own, find('ceiling', concurrency)),
      timesEtcd: medianRatio(own, find('etcd', concurrency)),
    }
  })
}

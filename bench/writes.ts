// Committed writes a second, beside the ceiling and etcd.
import { ceiling } from './contenders/ceiling.ts'
import { etcd } from './contenders/etcd.ts'
import { ours } from './contenders/ours.ts'
import type { Flags } from './flags.ts'
import { note, type Part } from './part.ts'
import type { LoadResult } from './protocol.ts'
import { measureRounds, type Series, throughputs } from './rounds.ts'
import { median, medianRatio } from './statistics.ts'
import { decimal, percent, table, whole } from './table.ts'

interface WritesFigure extends LoadResult {
  readonly contender: string
  readonly concurrency: number
  readonly slowest: number
  readonly fastest: number
  /** Medians of the ratios of each round, to the ceiling and to etcd. NaN if these were not measured. */
  readonly ofCeiling: number
  readonly timesEtcd: number
}

/** The figures of each series: medians over its rounds, and ratios to the rivals in the same round. */
function writesFigures(all: readonly Series[]): WritesFigure[] {
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

const writesTable = (figures: readonly WritesFigure[]): string =>
  table(
    [
      'proposers',
      'contender',
      'of the ceiling',
      '× etcd',
      'writes/s',
      'slowest – fastest',
      'p50 ms',
      'p99 ms',
    ],
    figures.map((one) => [
      whole(one.concurrency),
      one.contender,
      percent(one.ofCeiling),
      decimal(one.timesEtcd, 2),
      whole(one.throughput),
      `${whole(one.slowest)} – ${whole(one.fastest)}`,
      decimal(one.p50 / 1000, 2),
      decimal(one.p99 / 1000, 2),
    ]),
  )

export async function writesPart(flags: Flags): Promise<Part> {
  const rivals = { ceiling, etcd }
  const contenders = [ours(flags.profile)]
  for (const [name, find] of Object.entries(rivals)) {
    const rival = flags.without.includes(name) ? null : find()
    if (rival) contenders.push(rival)
    else note(`without ${name}: ${flags.without.includes(name) ? 'as asked' : 'it is not installed'}`)
  }
  const { concurrency, rounds, seconds } = flags
  const figures = writesFigures(
    await measureRounds({ contenders, concurrency, rounds, seconds, loop: 'proposer', onRun: note }),
  )
  const share = figures.find((one) => one.contender === 'oarlock' && one.concurrency === 256)?.ofCeiling
  const bar = {
    what: 'at 256 proposers, at least 40 % of the ceiling',
    measured: Number.isNaN(share) ? 'no ceiling to compare with' : percent(share ?? Number.NaN),
    reached: (share ?? 0) >= 0.4,
  }
  return {
    heading: 'Writes',
    figures,
    text: `Oarlock warms up for 1.5 s before it is measured, the ceiling for 0.4 s, and etcd for as long as its load generator does.\n\n${writesTable(figures)}`,
    bars: concurrency.includes(256) ? [bar] : [],
  }
}

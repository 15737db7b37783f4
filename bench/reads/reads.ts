// Reads a second, beside etcd's. A reader asks the state machine of its own process; the readers of etcd are
// clients of the leader over TCP, as there is no other way to read from etcd.
import { etcdReads } from '../contenders/etcd.ts'
import type { Flags } from '../flags.ts'
import { note, type Part } from '../part.ts'
import { measureRounds, type Series, throughputs } from '../rounds.ts'
import { median, medianRatio } from '../statistics.ts'
import { decimal, table, whole } from '../table.ts'
import { inOneProcess, onMembers } from './contenders.ts'

interface ReadsFigure {
  readonly contender: string
  readonly readers: number
  readonly throughput: number
  readonly slowest: number
  readonly fastest: number
  readonly p50: number
  readonly p99: number
  /** Medians of the ratios of each round, to etcd's reads. NaN if these were not measured. */
  readonly timesLinearizable: number
  readonly timesSerializable: number
}

function readsFigures(all: readonly Series[]): ReadsFigure[] {
  const find = (contender: string, readers: number) =>
    throughputs(all.find((one) => one.contender === contender && one.concurrency === readers))
  return all.map((series) => {
    const { contender, concurrency: readers, rounds } = series
    const results = [...rounds.values()]
    const own = throughputs(series)
    return {
      contender,
      readers,
      throughput: median([...own.values()]),
      slowest: Math.min(...own.values()),
      fastest: Math.max(...own.values()),
      p50: median(results.map(({ p50 }) => p50)),
      p99: median(results.map(({ p99 }) => p99)),
      timesLinearizable: medianRatio(own, find('etcd, linearizable', readers)),
      timesSerializable: medianRatio(own, find('etcd, serializable', readers)),
    }
  })
}

const readsTable = (figures: readonly ReadsFigure[]): string =>
  table(
    [
      'readers',
      'contender',
      '× etcd, linearizable',
      '× etcd, serializable',
      'reads/s',
      'slowest – fastest',
      'p50 ms',
      'p99 ms',
    ],
    figures.map((one) => [
      whole(one.readers),
      one.contender,
      decimal(one.timesLinearizable, 2),
      decimal(one.timesSerializable, 2),
      whole(one.throughput),
      `${whole(one.slowest)} – ${whole(one.fastest)}`,
      decimal(one.p50 / 1000, 3),
      decimal(one.p99 / 1000, 3),
    ]),
  )

const leaderReads = 'leader, linearizable'

export async function readsPart({ without, readers, rounds, seconds, profile }: Flags): Promise<Part> {
  const rivals = without.includes('etcd') ? null : etcdReads()
  if (rivals === null) note(`without etcd: ${without.includes('etcd') ? 'as asked' : 'it is not installed'}`)
  const contenders = [...onMembers(profile), ...inOneProcess(), ...(rivals ?? [])]
  const figures = readsFigures(
    await measureRounds({ contenders, concurrency: readers, rounds, seconds, loop: 'reader', onRun: note }),
  )
  const times = figures.find(({ contender, readers }) => contender === leaderReads && readers === 256)
  const isCompared = rivals !== null && times !== undefined
  return {
    heading: 'Reads',
    figures,
    text: `Three members with their logs on disk, each a process of its own, while nothing is written: \`leader\` and \`follower\` say where the readers are. \`one process\`: all three members and the readers share a process, with a network and logs in memory. The query is a property of the state machine, so these are the costs of a read, not of a lookup. The readers of etcd are clients of its leader over TCP, in Go. Each figure has a warm-up: 1.5 s, or as long as the load generator of etcd takes.\n\n${readsTable(figures)}`,
    bars: isCompared
      ? [
          {
            what: 'at 256 readers on the leader, at least 15 × the linearizable reads of etcd',
            measured: `${decimal(times.timesLinearizable, 1)} ×`,
            reached: times.timesLinearizable >= 15,
          },
        ]
      : [],
  }
}

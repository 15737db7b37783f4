// Operations of the store a second, beside etcd's: in the process of a member, and over `connect`.
import type { Contender } from '../contenders/contender.ts'
import type { Flags } from '../flags.ts'
import { type Bar, note, type Part } from '../part.ts'
import type { LoadResult } from '../protocol.ts'
import { measureRounds, type Series, throughputs } from '../rounds.ts'
import { median, medianRatio } from '../statistics.ts'
import { decimal, table, whole } from '../table.ts'
import { onEtcd, onOarlock } from './contenders.ts'
import type { StoreOperation } from './protocol.ts'

interface StoreFigure extends LoadResult {
  readonly operation: StoreOperation
  readonly contender: string
  readonly clients: number
  readonly slowest: number
  readonly fastest: number
  /** The median of the ratios of each round. NaN if etcd was not measured. */
  readonly timesEtcd: number
}

function figuresOf(operation: StoreOperation, all: readonly Series[]): StoreFigure[] {
  return all.map((series) => {
    const { contender, concurrency: clients, rounds } = series
    const results = [...rounds.values()]
    const own = throughputs(series)
    const etcd = all.find((one) => one.contender === 'etcd' && one.concurrency === clients)
    return {
      operation,
      contender,
      clients,
      throughput: median([...own.values()]),
      slowest: Math.min(...own.values()),
      fastest: Math.max(...own.values()),
      p50: median(results.map(({ p50 }) => p50)),
      p99: median(results.map(({ p99 }) => p99)),
      timesEtcd: medianRatio(own, throughputs(etcd)),
    }
  })
}

const words = {
  put: { title: 'Puts', loops: 'clients', perSecond: 'puts/s' },
  get: { title: 'Gets, linearizable', loops: 'clients', perSecond: 'gets/s' },
  transaction: { title: 'Transactions', loops: 'clients', perSecond: 'transactions/s' },
  watch: { title: 'Watches', loops: 'watchers', perSecond: 'events/s' },
} as const satisfies Record<StoreOperation, object>

function tableOf(operation: StoreOperation, figures: readonly StoreFigure[]): string {
  const { title, loops, perSecond } = words[operation]
  const rows = figures.map((one) => [
    whole(one.clients),
    one.contender,
    decimal(one.timesEtcd, 2),
    whole(one.throughput),
    `${whole(one.slowest)} – ${whole(one.fastest)}`,
    decimal(one.p50 / 1000, 2),
    decimal(one.p99 / 1000, 2),
  ])
  const head = [loops, 'contender', '× etcd', perSecond, 'slowest – fastest', 'p50 ms', 'p99 ms']
  return `${title}:\n\n${table(head, rows)}`
}

/** The least that is expected of a contender, at 256 clients. */
const least: readonly (readonly [StoreOperation, string, number])[] = [
  ['put', 'leader', 2],
  ['get', 'leader', 5],
  ['transaction', 'leader', 2],
  ['put', 'connect', 1],
  ['get', 'connect', 1],
]

function barsOf(figures: readonly StoreFigure[]): Bar[] {
  return least.flatMap(([operation, contender, times]) => {
    const figure = figures.find(
      (one) => one.operation === operation && one.contender === contender && one.clients === 256,
    )
    if (figure === undefined || Number.isNaN(figure.timesEtcd)) return []
    return {
      what: `${words[operation].title.toLowerCase()} of 256 clients, ${contender}: at least ${times} × etcd`,
      measured: `${decimal(figure.timesEtcd, 2)} ×`,
      reached: figure.timesEtcd >= times,
    }
  })
}

export async function storePart(flags: Flags): Promise<Part> {
  const { operations, clients: concurrency, rounds, seconds, without, profile } = flags
  const figures: StoreFigure[] = []
  for (const operation of operations) {
    const rival: Contender | null = without.includes('etcd') ? null : onEtcd(operation)
    if (rival === null)
      note(
        `without etcd: ${without.includes('etcd') ? 'as asked' : 'it, Go or its client in Go is not installed'}`,
      )
    const contenders = [...onOarlock(operation, profile), ...(rival === null ? [] : [rival])]
    const { loops } = words[operation]
    const onRun = (what: string) => note(`${operation}: ${what}`)
    const loop = loops.slice(0, -1)
    figures.push(
      ...figuresOf(operation, await measureRounds({ contenders, concurrency, rounds, seconds, loop, onRun })),
    )
  }
  const tables = operations.map((operation) =>
    tableOf(
      operation,
      figures.filter((one) => one.operation === operation),
    ),
  )
  const about = [
    'Three members with their logs on disk, each a process of its own, with the default options. `leader` and `follower` say in which member’s process the clients are; `connect` is a process of its own with one connection to the leader.',
    'The clients of etcd are a process in Go with eight connections to its leader. Values have 100 bytes, and there are 1,000 keys. A transaction compares the version of a key, puts it and gets it.',
    'Watchers have one prefix: a client puts a key, and again when all of them have seen it, which is the time that is shown. Each figure has a warm-up of 1.5 s.',
  ].join(' ')
  return { heading: 'The store', figures, text: [about, ...tables].join('\n\n'), bars: barsOf(figures) }
}

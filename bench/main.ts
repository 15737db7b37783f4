// `npm run bench`: measures committed writes and fail-over beside the rivals that are installed, and loads on
// slow links, and checks the bars.
import { writeFileSync } from 'node:fs'
import { arch, availableParallelism, platform } from 'node:os'
import { join } from 'node:path'
import { ceiling } from './contenders/ceiling.ts'
import { etcd } from './contenders/etcd.ts'
import { ours } from './contenders/ours.ts'
import { electionTimeout, measureEtcd, measureFailover, measureFloor } from './failover.ts'
import { type Flags, parseFlags, usage } from './flags.ts'
import { cleanUpAtExit } from './processes.ts'
import { measureSlowLinks, type SlowLinksFigure, slowLinksTable } from './slow-links/slow-links.ts'
import { type Spread, spread } from './statistics.ts'
import { decimal, percent, table, whole } from './table.ts'
import { measureWrites, type WritesFigure, writesFigures } from './writes.ts'

interface Bar {
  readonly what: string
  readonly measured: string
  readonly reached: boolean
}

const note = (what: string): void => {
  process.stderr.write(`${what}\n`)
}

async function writes(flags: Flags): Promise<{ figures: WritesFigure[]; bar: Bar | null }> {
  const rivals = { ceiling, etcd }
  const contenders = [ours(flags.profile)]
  for (const [name, find] of Object.entries(rivals)) {
    const rival = flags.without.includes(name) ? null : find()
    if (rival) contenders.push(rival)
    else note(`without ${name}: ${flags.without.includes(name) ? 'as asked' : 'it is not installed'}`)
  }
  const { concurrency, rounds, seconds } = flags
  const figures = writesFigures(
    await measureWrites({ contenders, concurrency, rounds, seconds, onRun: note }),
  )
  if (!concurrency.includes(256)) return { figures, bar: null }
  const share =
    figures.find((one) => one.contender === 'oarlock' && one.concurrency === 256)?.ofCeiling ?? Number.NaN
  return {
    figures,
    bar: {
      what: 'at 256 proposers, at least 40 % of the ceiling',
      measured: Number.isNaN(share) ? 'no ceiling to compare with' : percent(share),
      reached: share >= 0.4,
    },
  }
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

interface FailoverRow {
  readonly what: string
  readonly spread: Spread
}

async function failover(flags: Flags): Promise<{ rows: FailoverRow[]; unprovoked: number; bar: Bar }> {
  const { held, committed, unprovoked } = await measureFailover(flags.trials, note)
  const rows: FailoverRow[] = [
    { what: 'oarlock: a survivor holds leadership', spread: spread(held) },
    { what: 'oarlock: its first write is committed', spread: spread(committed) },
  ]
  const rivals = [
    {
      name: 'ceiling',
      what: 'floor: an election without a log',
      trials: flags.floorTrials,
      measure: measureFloor,
    },
    { name: 'etcd', what: 'etcd, its defaults: first write', trials: flags.etcdTrials, measure: measureEtcd },
  ]
  for (const { name, what, trials, measure } of rivals) {
    if (flags.without.includes(name)) continue
    note(`${what}, ${trials} trials`)
    const measured = await measure(trials)
    if (measured) rows.push({ what, spread: measured })
    else note(`without ${what}: ${trials === 0 ? 'as asked' : 'it is not installed'}`)
  }
  const ratio = spread(held).median / electionTimeout
  return {
    rows,
    unprovoked,
    bar: {
      what: 'median fail-over, at most 1.5 × the shortest election timeout',
      measured: `${decimal(ratio, 2)} ×`,
      reached: ratio <= 1.5,
    },
  }
}

const failoverTable = (rows: readonly FailoverRow[]): string =>
  table(
    [
      'after SIGKILL of the leader',
      'median / T',
      'p90 / T',
      'max / T',
      'median ms',
      'p90 ms',
      'max ms',
      'trials',
    ],
    rows.map(({ what, spread: { median, p90, max, trials } }) => [
      what,
      ...[median, p90, max].map((ms) => decimal(ms / electionTimeout, 2)),
      ...[median, p90, max].map(whole),
      whole(trials),
    ]),
  )

const slowLinksBar = (figures: readonly SlowLinksFigure[]): Bar => ({
  what: 'on slow links, one leadership, only timeouts of the caller, and at least 80 % of the links used',
  measured: `${figures.filter(({ reached }) => reached).length} of ${figures.length} loads`,
  reached: figures.every(({ reached }) => reached),
})

async function main(): Promise<number> {
  const flags = parseFlags(process.argv.slice(2))
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  cleanUpAtExit()
  const written = flags.writes ? await writes(flags) : null
  const failed = flags.failover ? await failover(flags) : null
  const slow = flags.slowLinks ? await measureSlowLinks(flags.linkSeconds, note) : null
  const bars = [written?.bar, failed?.bar, slow && slowLinksBar(slow)].filter(
    (bar) => bar !== null && bar !== undefined,
  )
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ writes: written?.figures, failover: failed, slowLinks: slow, bars }, null, 2)}\n`,
    )
    return exitCode(flags, bars)
  }
  const results = [
    ...(written ? [writesTable(written.figures)] : []),
    ...(failed ? [failoverTable(failed.rows), failoverNote(failed.unprovoked)] : []),
    ...(slow ? [slowLinksTable(slow)] : []),
    ...bars.map(({ what, measured, reached }) => `${reached ? 'PASS' : 'FAIL'}: ${what}: ${measured}`),
  ].join('\n\n')
  process.stdout.write(`\n${results}\n`)
  if (flags.record) record(results)
  return exitCode(flags, bars)
}

const failoverNote = (unprovoked: number): string =>
  `T, the shortest election timeout, is ${electionTimeout} ms. Leaderships that began unprovoked: ${unprovoked}.`

const exitCode = (flags: Flags, bars: readonly Bar[]): number =>
  flags.check && bars.some(({ reached }) => !reached) ? 1 : 0

function record(results: string): void {
  const cores = availableParallelism()
  const flags = process.argv.slice(2).filter((flag) => flag !== '--record')
  writeFileSync(
    join(import.meta.dirname, 'RESULTS.md'),
    `# Results of the benchmark

Written by \`npm run bench -- ${[...flags, '--record'].join(' ')}\`, on Node ${process.versions.node}, ${platform()} ${arch()}, ${cores} ${cores === 1 ? 'core' : 'cores'}
for all processes together. Ratios are medians over the rounds of one run; absolute figures depend on the machine. Oarlock warms up for 1.5 s before it is
measured, the ceiling for 0.4 s, and etcd for as long as its load generator does.

${results}
`,
  )
}

try {
  process.exit(await main())
} catch (error) {
  note(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

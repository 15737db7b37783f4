// Fail-over: after the leader's process is killed (SIGKILL), how long until a survivor holds leadership, and
// until it has committed a write? Every time is read from the machine's monotonic clock, in the process where
// it happens.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { etcdIsInstalled } from './contenders/etcd-servers.ts'
import type { Flags } from './flags.ts'
import { note, type Part } from './part.ts'
import { dataFolder, registerGroup, removeFolder } from './processes.ts'
import { sharedPerf } from './shared.ts'
import { type Spread, spread } from './statistics.ts'
import { decimal, table, whole } from './table.ts'

/** In ms. A follower stands for election 150 to 300 ms after the last heartbeat. */
const electionTimeout = 150
/** A third of it: two heartbeats may be late before a follower stands for election. */
const heartbeatInterval = 50

interface Failovers {
  /** For each trial, the time from the kill until a survivor holds leadership, in ms. */
  readonly held: readonly number[]
  /** For each trial, the time from the kill until the new leader's first write is committed, in ms. */
  readonly committed: readonly number[]
  /** Leaderships that began although no leader had been killed. */
  readonly unprovoked: number
}

async function measureFailover(trials: number, onTrial: (what: string) => void): Promise<Failovers> {
  const held: number[] = []
  const committed: number[] = []
  let leaderships = 0
  const cluster = await Cluster.start({ electionTimeout, heartbeatInterval, profile: null })
  try {
    cluster.listen((_from, report) => {
      if (report.type === 'leading') leaderships++
    })
    while (held.length < trials) {
      onTrial(`fail-over ${held.length + 1} of ${trials}`)
      // A random moment between two heartbeats, long after the cluster settled.
      await sleep(200 + Math.random() * electionTimeout)
      const { id, fence } = cluster.leader
      const leading = cluster.next('leading', (report) => report.fence > fence)
      const written = cluster.next('committed', (report) => report.fence > fence)
      const pid = cluster.pid(id)
      const start = process.hrtime.bigint()
      process.kill(pid, 'SIGKILL')
      const since = (at: string) => Number(BigInt(at) - start) / 1e6
      const toHeld = since((await leading).at)
      const toCommitted = since((await written).at)
      // If it is negative, another member led before the kill, and the killed one was no leader.
      if (toHeld > 0) {
        held.push(toHeld)
        committed.push(toCommitted)
      }
      await cluster.kill(id)
      await cluster.startMember(id)
      await cluster.caughtUp(id)
    }
  } finally {
    await cluster.stop()
  }
  return { held, committed, unprovoked: leaderships - held.length }
}

/**
 * The least time that an election with durable votes takes, without a log. Null if the program is not
 * installed.
 */
async function measureFloor(trials: number): Promise<Spread | null> {
  const program = sharedPerf('spike', 'election.cjs')
  if (program === null || trials === 0) return null
  const stdout = await output(process.execPath, [
    program,
    `--T=${electionTimeout}`,
    '--hint=0',
    `--trials=${trials}`,
  ])
  // | 150-300 ms | trials | least | median | p90 | max | … |
  const [, , count, , median, p90, max] = stdout.split('|').map((cell) => Number(cell))
  if (max === undefined || Number.isNaN(max)) throw new Error(`the floor said: ${stdout}`)
  return { trials: count ?? 0, median: median ?? 0, p90: p90 ?? 0, max }
}

/** The time until etcd's first write, with its defaults. Null if etcd is not installed. */
async function measureEtcd(trials: number): Promise<Spread | null> {
  const program = sharedPerf('etcd', 'failover.cjs')
  if (program === null || trials === 0 || !etcdIsInstalled()) return null
  const { firstPutMs } = JSON.parse(await output(process.execPath, [program, `--trials=${trials}`])) as {
    firstPutMs: { p50: number; p90: number; max: number }
  }
  return { trials, median: firstPutMs.p50, p90: firstPutMs.p90, max: firstPutMs.max }
}

/** The output of a rival's own program, which keeps its data in the folder that SCRATCH names. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const folder = dataFolder()
  try {
    const child = spawn(program, args, {
      env: { ...process.env, SCRATCH: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    registerGroup(child)
    return await text(child.stdout)
  } finally {
    removeFolder(folder)
  }
}

interface FailoverRow {
  readonly what: string
  readonly spread: Spread
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

export async function failoverPart(flags: Flags): Promise<Part> {
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
    heading: 'Fail-over',
    figures: { rows, unprovoked },
    text: `${failoverTable(rows)}\n\nT, the shortest election timeout, is ${electionTimeout} ms. Leaderships that began unprovoked: ${unprovoked}.`,
    bars: [
      {
        what: 'median fail-over, at most 1.5 × the shortest election timeout',
        measured: `${decimal(ratio, 2)} ×`,
        reached: ratio <= 1.5,
      },
    ],
  }
}

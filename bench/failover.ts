// Fail-over: the leader's process is killed (SIGKILL); how long until a survivor holds leadership, and has committed a
// write? All clocks are the machine's monotonic one, read in the process where the thing happens.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from './cluster.ts'
import { etcdIsInstalled } from './contenders/etcd.ts'
import { dataFolder, registerGroup, removeFolder } from './processes.ts'
import { sharedPerf } from './shared.ts'
import type { Spread } from './statistics.ts'

/** In ms: elections between 150 and 300 ms after the last heartbeat. */
export const electionTimeout = 150
/** A third of it: two heartbeats may be late before a follower stands. */
const heartbeatInterval = 50

export interface Failovers {
  /** From the kill to a survivor's holding leadership, in ms, a trial each. */
  readonly held: readonly number[]
  /** From the kill to the first committed write of the new leader. */
  readonly committed: readonly number[]
  /** Leaderships that began although nobody was killed. */
  readonly unprovoked: number
}

export async function measureFailover(trials: number, onTrial: (what: string) => void): Promise<Failovers> {
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
      // Before the kill: it was deposed already, so what was killed was no leader.
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

/** The least that an election with durable votes takes, without a log: null where the program is not there. */
export async function measureFloor(trials: number): Promise<Spread | null> {
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

/** etcd with its defaults, until the first write: null where it is not there. */
export async function measureEtcd(trials: number): Promise<Spread | null> {
  const program = sharedPerf('etcd', 'failover.cjs')
  if (program === null || trials === 0 || !etcdIsInstalled()) return null
  const { firstPutMs } = JSON.parse(await output(process.execPath, [program, `--trials=${trials}`])) as {
    firstPutMs: { p50: number; p90: number; max: number }
  }
  return { trials, median: firstPutMs.p50, p90: firstPutMs.p90, max: firstPutMs.max }
}

/** What a rival's own program prints; it keeps its data where SCRATCH says. */
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

// The faults, again and again, one at a time. Leaders are killed: mostly with SIGKILL, after which they are
// restarted; every fourth time with SIGSTOP, so that they wake up later and believe that they still lead. And
// members lose their disks, each in its turn, the leader like the others.
import { setTimeout as delay } from 'node:timers/promises'
import { type Cluster, MemberFailure } from './cluster.ts'
import { machineTime } from './machine-time.ts'
import { electionTimeout } from './protocol.ts'
import type { Kill, Replacement } from './recoveries.ts'

const stopEvery = 4
/** In ms: longer than any lease, and short enough that the next kill is not late. */
const shortestStop = 2 * electionTimeout
const longestStop = 2000
/** How long the cluster may take to recover, in ms, before that is a failure. */
const patience = 20_000

export interface FaultsInit {
  readonly cluster: Cluster
  /** In ms, or null: never. */
  readonly killEvery: number | null
  /** In ms, or null: never. */
  readonly replaceEvery: number | null
  killed(kill: Kill): void
  resumed(member: string): void
  /** Has there been a leadership with a greater fence? */
  hasRecovered(kill: Kill): boolean
  lost(replacement: Replacement): void
  replaced(replacement: Replacement): void
}

interface Fault {
  readonly every: number
  /** In machine time. */
  due: number
  /** How often it was caused. */
  count: number
  readonly cause: (count: number, at: number) => Promise<void>
}

/**
 * Causes faults until `enough` aborts. Each waits until the cluster is whole. Returns when the last one is
 * recovered from: all members are up again, and vote.
 */
export async function causeFaults(init: FaultsInit, enough: AbortSignal): Promise<void> {
  const { cluster, killEvery, replaceEvery } = init
  const faults = [
    fault(killEvery, (count, at) => killLeader(init, count, at)),
    fault(replaceEvery, (count, at) => loseDisk(init, count, at)),
  ].flatMap((one) => one ?? [])
  while (!enough.aborted && faults.length > 0) {
    const next = faults.reduce((first, one) => (one.due < first.due ? one : first))
    await delay(Math.max(0, next.due - machineTime()), undefined, { signal: enough }).catch(() => {})
    await must(
      cluster,
      'not all members were up and voting, with a leader,',
      () => enough.aborted || cluster.isWhole,
    )
    if (enough.aborted) return
    const at = machineTime()
    next.due = Math.max(next.due + next.every, at)
    await next.cause(++next.count, at)
  }
}

function fault(every: number | null, cause: Fault['cause']): Fault | null {
  return every === null ? null : { every, due: machineTime() + every, count: 0, cause }
}

async function must(cluster: Cluster, what: string, condition: () => boolean): Promise<void> {
  if (!(await cluster.until(condition, AbortSignal.timeout(patience))))
    throw new MemberFailure(`${what} within ${patience / 1000} s`)
}

async function killLeader(
  { cluster, killEvery, killed, resumed, hasRecovered }: FaultsInit,
  count: number,
  at: number,
): Promise<void> {
  const leader = cluster.leader!
  const kill: Kill = {
    at,
    member: leader.id,
    fence: leader.fence,
    signal: count % stopEvery === 0 ? 'SIGSTOP' : 'SIGKILL',
  }
  if (kill.signal === 'SIGKILL') cluster.kill(leader.id)
  else cluster.stop(leader.id)
  killed(kill)
  if (kill.signal === 'SIGSTOP') {
    const longest = Math.max(shortestStop, Math.min(longestStop, 0.7 * killEvery!))
    await delay(shortestStop + Math.random() * (longest - shortestStop), undefined, {
      signal: cluster.broken,
    }).catch(() => {})
  }
  await must(cluster, 'there was no new leader', () => hasRecovered(kill))
  if (kill.signal === 'SIGSTOP') {
    cluster.resume(leader.id)
    resumed(leader.id)
  }
}

async function loseDisk({ cluster, lost, replaced }: FaultsInit, count: number, at: number): Promise<void> {
  const { members } = cluster
  const victim = members[(count - 1) % members.length]!
  lost({ member: victim.id, at, took: null })
  cluster.loseDisk(victim.id)
  await must(
    cluster,
    `${victim.id}, which lost its disk, did not vote again`,
    () => victim.state === 'up' && victim.kind === 'voter',
  )
  replaced({ member: victim.id, at, took: machineTime() - at })
}

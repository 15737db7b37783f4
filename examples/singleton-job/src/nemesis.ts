// Kills the leader, again and again. Mostly with SIGKILL, after which it is restarted. Every fourth time with
// SIGSTOP, so that it wakes up later and believes that it still leads.
import { setTimeout as delay } from 'node:timers/promises'
import { type Cluster, MemberFailure } from './cluster.ts'
import { machineTime } from './machine-time.ts'
import { electionTimeout } from './protocol.ts'
import type { Kill } from './recoveries.ts'

const stopEvery = 4
/** In ms: longer than any lease, and short enough that the next kill is not late. */
const shortestStop = 2 * electionTimeout
const longestStop = 2000
/** How long the cluster may take to recover, in ms, before that is a failure. */
const patience = 20_000

export interface KillingInit {
  readonly cluster: Cluster
  killed(kill: Kill): void
  resumed(member: string): void
  /** Has there been a leadership with a greater fence? */
  hasRecovered(kill: Kill): boolean
}

/**
 * Kills every `every` ms until `enough` aborts. Returns when the last kill is recovered from, and no member
 * is stopped.
 */
export async function killLeaders(
  { cluster, killed, resumed, hasRecovered }: KillingInit,
  every: number,
  enough: AbortSignal,
): Promise<void> {
  const must = async (what: string, condition: () => boolean): Promise<void> => {
    if (!(await cluster.until(condition, AbortSignal.timeout(patience))))
      throw new MemberFailure(`${what} within ${patience / 1000} s`)
  }
  let due = machineTime() + every
  for (let count = 1; ; count++) {
    await delay(Math.max(0, due - machineTime()), undefined, { signal: enough }).catch(() => {})
    await must('not all members were up, with a leader,', () => enough.aborted || cluster.isWhole)
    const { leader } = cluster
    if (enough.aborted || leader === null) return
    const at = machineTime()
    due = Math.max(due + every, at)
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
      const longest = Math.max(shortestStop, Math.min(longestStop, 0.7 * every))
      await delay(shortestStop + Math.random() * (longest - shortestStop), undefined, {
        signal: cluster.broken,
      }).catch(() => {})
    }
    await must('there was no new leader', () => hasRecovered(kill))
    if (kill.signal === 'SIGSTOP') {
      cluster.resume(leader.id)
      resumed(leader.id)
    }
  }
}

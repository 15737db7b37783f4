// Kills the leader, again and again: mostly with SIGKILL (it is restarted at once), every fourth time with SIGSTOP, so that
// it wakes up some time later and believes that it still leads.
import { setTimeout as delay } from 'node:timers/promises'
import { type Cluster, MemberFailure } from './cluster.ts'
import { machineTime } from './machine-time.ts'
import { electionTimeout } from './protocol.ts'
import type { Kill } from './recoveries.ts'

const stopEvery = 4
/** Longer than any lease, and not so long that the next kill is late. */
const shortestStop = 2 * electionTimeout
const longestStop = 2000
/** How long the cluster may take to recover, in ms, before that is a failure. */
const patience = 20_000

export interface Prey {
  readonly cluster: Cluster
  killed(kill: Kill): void
  resumed(member: string): void
  /** Whether somebody leads, or led, with a greater fence. */
  hasRecovered(kill: Kill): boolean
}

/** Kills every `every` ms until `enough` aborts; then ends its last kill properly: somebody leads, and nobody is stopped. */
export async function harass(
  { cluster, killed, resumed, hasRecovered }: Prey,
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
    await must('the cluster was not whole again', () => enough.aborted || cluster.isWhole)
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
    await must('no new leader', () => hasRecovered(kill))
    if (kill.signal === 'SIGSTOP') {
      cluster.resume(leader.id)
      resumed(leader.id)
    }
  }
}

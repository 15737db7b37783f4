// @oarlock/nestjs/node-cron: node-cron's distributed tasks, run by the leader.
import type { LeaderElectionService } from '../election/service.ts'

/** node-cron's RunCoordinator. */
export interface LeaderRunCoordinator {
  shouldRun(key: string, ttlMs: number): boolean
  onComplete(key: string): void
}

/**
 * `setRunCoordinator(leaderRunCoordinator(service))`, or the option `runCoordinator` of one task: a task with `distributed: true` runs
 * on the instance that leads when it is due; shutdown waits for it. Where leadership changes hands within the difference of two
 * instances' clocks, both may take the same hour for theirs: what must not happen twice checks a fence where it lands.
 */
export function leaderRunCoordinator(service: LeaderElectionService): LeaderRunCoordinator {
  const ends = new Map<string, () => void>()
  return {
    shouldRun(key) {
      const leads = service.workable !== null
      service.called(key, leads ? 'ran' : 'skipped')
      if (leads) {
        // A background task may be asked about once more, when its last run was never heard of again.
        ends.get(key)?.()
        ends.set(key, service.work.begin(key))
      }
      return leads
    },
    onComplete(key) {
      ends.get(key)?.()
      ends.delete(key)
    },
  }
}

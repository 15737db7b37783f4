// @oarlock/nestjs/node-cron: lets the leader run node-cron's distributed tasks.
import type { LeaderElectionService } from '../election/index.ts'

/** node-cron's RunCoordinator. */
export interface LeaderRunCoordinator {
  shouldRun(key: string, ttlMs: number): boolean
  onComplete(key: string): void
}

/**
 * For `setRunCoordinator(leaderRunCoordinator(service))`, or a task's option `runCoordinator`. A task with
 * `distributed: true` runs on the instance that leads when it is due, and shutdown waits for it. A task may
 * run twice if leadership moves just when it is due, because the instances' clocks differ. If it must not,
 * check the fence in the system that the task writes to.
 */
export function leaderRunCoordinator(service: LeaderElectionService): LeaderRunCoordinator {
  const ends = new Map<string, () => void>()
  return {
    shouldRun(key) {
      const leads = service.workable !== null
      service.publishCall(key, leads ? 'ran' : 'skipped')
      if (leads) {
        // node-cron does not report the end of every background run.
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

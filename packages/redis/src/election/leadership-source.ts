// The core, of whichever cluster it is, as leaderships see it: they are Redis's fences, not terms, and end
// with the record's leave too.
import { index, type Raft, type Term } from '@oarlock/core'
import type { LeadershipSource } from '@oarlock/runtime'
import type { RegistryLease } from './registry-lease.ts'

export function sourceOf(raft: () => Raft | null, lease: RegistryLease): LeadershipSource {
  const fence = (): number | null => {
    const core = raft()
    return core === null ? null : lease.fenceOf(core.term)
  }
  return {
    get role() {
      const role = raft()?.role ?? 'follower'
      return role === 'leader' && fence() === null ? 'candidate' : role
    },
    get term() {
      return (fence() ?? 0) as Term
    },
    get leader() {
      return raft()?.leader ?? null
    },
    get applied() {
      return raft()?.applied ?? index(0)
    },
    get termStart() {
      return raft()?.termStart ?? index(0)
    },
    get leaseDeadline() {
      return Math.min(raft()?.leaseDeadline ?? Number.NEGATIVE_INFINITY, lease.deadline)
    },
  }
}

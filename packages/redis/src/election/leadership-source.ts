// The core of the current cluster, as the LeadershipTracker sees it: Redis's fences stand in for terms, and a
// leadership also ends with its lease in the registry.
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
      // A leadership begins with its fence.
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

// What happens by the clock alone (paper §5.2; thesis §3.10, §6.2, §6.4.1).
import { leaseHolds } from './election/index.ts'
import {
  abandonTransfer,
  broadcastHeartbeat,
  leaveJointIfDue,
  type Node,
  standForElection,
  transferToBetter,
} from './node/index.ts'
import { stepDownWithoutQuorum } from './roles/index.ts'
import type { Millis } from './types.ts'

// Comparisons are written as in nextDeadline: `now - start >= length` is not the same where clocks have
// fractions.

/** Time has passed: elections, quorum checks, transfers and heartbeats that are due. */
export function tick(node: Node): void {
  const { electionTimeout, checkQuorum } = node.config
  if (node.role !== 'leader') {
    if (!node.promotable || node.now < node.timer.due) return
    node.timer.start = node.now
    node.timer.delay = 0
    // Also if it may not stand: it has not heard the leader for that long, and must not stick to it.
    node.leader = null
    return standForElection(node, 'timeout')
  }
  if (node.now >= node.timer.start + electionTimeout) {
    node.timer.start = node.now
    if (checkQuorum) stepDownWithoutQuorum(node)
    for (const progress of node.progress.values()) progress.beginNextTimeout()
    transferToBetter(node)
  }
  if (node.now >= node.transferDeadline && abandonTransfer(node)) leaveJointIfDue(node)
  if (node.role === 'leader' && node.now >= node.heartbeatStart + node.heartbeatInterval) {
    node.heartbeatStart = node.now
    broadcastHeartbeat(node)
  }
}

/**
 * A leadership that was lost must not come back under the same fence (ARCHITECTURE.md, leases). So this is
 * asked before every event: an answer that would renew the lease may come in before the tick that ends it.
 */
export function leaseRanOut({ leaseDeadline, now }: Node): boolean {
  return leaseDeadline > Number.NEGATIVE_INFINITY && !leaseHolds(leaseDeadline, now)
}

/** When there is something to do. Infinity: not before another event. */
export function nextDeadline(node: Node): Millis {
  const { electionTimeout } = node.config
  if (node.role !== 'leader') return node.promotable ? node.timer.due : Number.POSITIVE_INFINITY
  const lease = node.leaseDeadline > Number.NEGATIVE_INFINITY ? node.leaseDeadline : Number.POSITIVE_INFINITY
  return Math.min(
    node.heartbeatStart + node.heartbeatInterval,
    node.timer.start + electionTimeout,
    node.transferDeadline,
    lease,
  )
}

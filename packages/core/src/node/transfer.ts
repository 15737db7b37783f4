// Transferring leadership (thesis §3.10): bring the target's log up to date, then tell it to stand at once.
import { isCaughtUp } from '../election/index.ts'
import { mayLead } from '../membership/index.ts'
import type { NodeId } from '../types.ts'
import type { Node } from './node.ts'
import { sendAppend } from './replication.ts'
import { betterVoter } from './successor.ts'

/** In election timeouts: a transfer that fails has cost the leadership, so it is not tried again at once. */
const PAUSE_AFTER_TRANSFER = 20

/** Begins a transfer; proposals are refused until it is over. Ignored for non-members and learners. */
export function beginTransfer(node: Node, to: NodeId): void {
  const progress = node.progress.get(to)
  if (progress === undefined || !mayLead(node.configuration, to) || to === node.transferTarget) return
  // A transfer to itself abandons the one that is under way, and the term with it if its target was told to
  // stand.
  if (to === node.id) {
    abandonTransfer(node)
    return
  }
  node.transferTarget = to
  node.transferDeadline = node.now + node.config.electionTimeout
  if (!finishTransferIfCaughtUp(node, to)) sendAppend(node, to, true)
}

/**
 * Tells the target to stand, once its log is complete. From then on no lease of this term may be relied on.
 */
export function finishTransferIfCaughtUp(node: Node, member: NodeId): boolean {
  const match = node.progress.get(member)?.match
  if (member !== node.transferTarget || match === undefined) return false
  if (!isCaughtUp(match, node.log.lastIndex)) return false
  // Thesis §6.4.1: no promise holds back a member that was told to stand, so no lease outlives a transfer.
  node.leaseRevoked = true
  node.leaseDeadline = Number.NEGATIVE_INFINITY
  node.send(member, { type: 'timeoutNow', term: node.term })
  return true
}

/**
 * The target did not take over in time, so this node leads on. With leases it steps down instead, as it can
 * have a lease again only in a new term. Returns whether it leads on.
 */
export function abandonTransfer(node: Node): boolean {
  const target = node.transferTarget
  node.transferDeadline = Number.POSITIVE_INFINITY
  if (target === null) return false
  node.transferTarget = null
  if (!node.config.lease || !node.leaseRevoked) return true
  node.becomeFollower(node.term, null, { reason: 'transfer-failed', target })
  return false
}

/** Once an election timeout a leader looks whether a better member should lead: see election/priority.ts. */
export function transferToBetter(node: Node): void {
  if (node.role !== 'leader' || node.transferTarget !== null || node.now < node.noTransferBefore) return
  const better = betterVoter(node)
  if (better === null) return
  node.noTransferBefore = node.now + PAUSE_AFTER_TRANSFER * node.config.electionTimeout
  beginTransfer(node, better)
}

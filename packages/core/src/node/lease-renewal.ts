// A leader renews its lease with each answered heartbeat (thesis §6.4.1).
import { leaseDuration, quorumPromisedUntil } from '../election/index.ts'
import type { NodeId } from '../types.ts'
import type { Node } from './node.ts'

/** The lease lasts as long as a quorum has promised. */
export function renewLease(node: Node): void {
  if (!node.config.lease || node.leaseRevoked) return
  const promised = (member: NodeId): number | undefined => node.progress.get(member)?.promisedUntil
  node.leaseDeadline = Math.max(node.leaseDeadline, quorumPromisedUntil(node.configuration, promised))
}

/**
 * The lease of a leader without other voters has no end. When other voters come it ends as if they had all
 * answered now: until the leader has sent them a later configuration, none of them can be elected without it.
 */
export function boundLeaseOfOne(node: Node): void {
  if (node.leaseDeadline === Number.POSITIVE_INFINITY)
    node.leaseDeadline = node.now + leaseDuration(node.config.electionTimeout, node.config)
}

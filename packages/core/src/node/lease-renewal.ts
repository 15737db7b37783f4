// A leader renews its lease with each answered heartbeat (thesis §6.4.1).
import { leaseDuration, quorumPromisedUntil } from '../election/index.ts'
import { jointBlockedUntil } from '../quorum/index.ts'
import type { NodeId } from '../types.ts'
import type { Node } from './node.ts'

/** The lease lasts as long as a quorum has promised. */
export function renewLease(node: Node): void {
  if (!node.config.lease || node.leaseRevoked) return
  const promised = (member: NodeId): number | undefined => node.progress.get(member)?.promisedUntil
  node.leaseDeadline = Math.max(node.leaseDeadline, quorumPromisedUntil(node.configuration, promised))
}

/**
 * Another configuration is in force. The lease may rest on the long promise of a voter that is one no more,
 * so it ends when the promises of the present voters do. The lease of a leader without other voters had no
 * end: it ends as if the others had answered now.
 */
export function boundLease(node: Node): void {
  const { now, progress, configuration, config, leaseDeadline } = node
  const boundUntil = (voter: NodeId): number => Math.max(now, progress.get(voter)?.promisedUntil ?? now)
  const answeredNow = now + leaseDuration(config.electionTimeout, config)
  node.leaseDeadline = Math.min(leaseDeadline, answeredNow, jointBlockedUntil(configuration, boundUntil))
}

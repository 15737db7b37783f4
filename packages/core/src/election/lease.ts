// Leader stickiness and leases: promises that are kept by the clock (thesis §4.2.3, §6.2, §6.4.1).
//
// A node that answers a leader promises to vote for nobody until an election timeout later (promise.ts). A leader whose heartbeat a
// quorum has answered may therefore count on no other leader until then; that is its lease.
import type { RaftConfig } from '../config.ts'
import { jointReached } from '../quorum/joint.ts'
import type { Configuration, Millis, NodeId } from '../types.ts'

/** How long a lease lasts from the sending of the heartbeat: an election timeout, as the fastest tolerated clock measures it. */
export function leaseDuration(config: Pick<RaftConfig, 'electionTimeout' | 'clockRateTolerance'>): Millis {
  return config.electionTimeout / (1 + config.clockRateTolerance)
}

/** The latest time such that a quorum has answered a heartbeat sent then or later; -Infinity before there is one. */
export function quorumAnsweredSince(
  configuration: Configuration,
  answeredSentAt: (member: NodeId) => Millis | undefined,
): Millis {
  return jointReached(configuration, answeredSentAt)
}

/** Looked at whenever it matters: that no timer has fired yet proves nothing. */
export function leaseHolds(deadline: Millis, now: Millis): boolean {
  return now < deadline
}

/** §6.2 of the thesis: has a quorum been heard of since the last check? */
export function quorumIsAlive(configuration: Configuration, isActive: (member: NodeId) => boolean): boolean {
  return jointReached(configuration, (member) => (isActive(member) ? 1 : 0)) >= 1
}

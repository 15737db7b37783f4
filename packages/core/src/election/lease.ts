// Leader stickiness and leases: promises that each member keeps by its own clock (thesis §4.2.3, §6.2,
// §6.4.1).
//
// A node that answers a leader promises to vote for no other candidate for a time that the answer names
// (promise.ts). So a leader that has the answers of a quorum knows that no other leader is elected until the
// first of these promises ends. That time is its lease.
import type { RaftConfig } from '../config.ts'
import { jointReached } from '../quorum/index.ts'
import type { Configuration, Millis, NodeId, Role } from '../types.ts'

/**
 * How long a promise lasts at least by the leader's clock, from the sending of the heartbeat: its length, as
 * the fastest tolerated clock measures it.
 */
export function leaseDuration(promise: Millis, { clockRateTolerance }: RaftConfig): Millis {
  return promise / (1 + clockRateTolerance)
}

/** The time until which a quorum has promised to help no other candidate; -Infinity without one. */
export function quorumPromisedUntil(
  configuration: Configuration,
  promisedUntil: (member: NodeId) => Millis | undefined,
): Millis {
  return jointReached(configuration, promisedUntil)
}

/**
 * The leader's time between heartbeats, after an answer that promises as long as `promise`. The member with
 * the shortest election timeout hears as many heartbeats in it as the leader's own timeout has.
 */
export function heartbeatIntervalFor(promise: Millis, present: Millis, config: RaftConfig): Millis {
  const { heartbeatInterval, electionTimeout } = config
  return promise > 0 ? Math.min(present, (heartbeatInterval / electionTimeout) * promise) : present
}

/** Compares with the clock at every use: a timer that has not fired proves nothing. */
export function leaseHolds(deadline: Millis, now: Millis): boolean {
  return now < deadline
}

/** Thesis §6.2: whether a quorum was heard since the last check. */
export function quorumIsAlive(configuration: Configuration, isActive: (member: NodeId) => boolean): boolean {
  return jointReached(configuration, (member) => (isActive(member) ? 1 : 0)) >= 1
}

/** What a node knows of its leader. */
export interface LeaderContact {
  readonly role: Role
  readonly leader: NodeId | null
  readonly now: Millis
  /** When it last heard the leader. */
  readonly heardAt: Millis
}

/**
 * Thesis §4.2.3: whether the node has heard a leader within an election timeout. A leader knows one: its own
 * quorum check runs by ticks, which may be late, and ends the leadership when it fails.
 */
export function knowsLiveLeader(
  { role, leader, now, heardAt }: LeaderContact,
  electionTimeout: Millis,
): boolean {
  return leader !== null && (role === 'leader' || now - heardAt < electionTimeout)
}

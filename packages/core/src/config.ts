// The settings of a node: the times of elections (paper §5.2, §5.6; thesis §9.6 for pre-vote) and leases
// (thesis §6.4.1), the limits of flow control (thesis §10.2.2). Times are in milliseconds, sizes in bytes.
import type { Millis, NodeId } from './types.ts'

export interface RaftConfig {
  readonly id: NodeId
  /**
   * T: the shortest time without a leader's message before an election. Each wait is drawn from [T, 2T)
   * (§5.2). Default 500.
   */
  readonly electionTimeout: Millis
  /**
   * Waits are drawn from [T, T + this · T). A wider range makes split votes rarer and elections later.
   * Default 1.
   */
  readonly electionSpread: number
  /** Default 100. Must be well below `electionTimeout`. */
  readonly heartbeatInterval: Millis
  /** Ask for pre-votes before raising the term (thesis §9.6). Default true. */
  readonly preVote: boolean
  /**
   * A leader that hears no quorum for an election timeout steps down; voters stick to a live leader (thesis
   * §6.2, §4.2.3). Default true.
   */
  readonly checkQuorum: boolean
  /**
   * Leases: `leaseDeadline` has a meaning, nodes keep their promises over restarts and term changes, and a
   * leader steps down when its lease has run out (thesis §6.4.1). Needs `checkQuorum`. Default true.
   */
  readonly lease: boolean
  /**
   * How much faster than the leader's clock a peer's clock may run: 0.1 tolerates 10 %. The lease lasts T /
   * (1 + this). Default 0.1.
   */
  readonly clockRateTolerance: number
  /** The bytes of the entries in one append message; one entry always fits. Default 1 MiB. */
  readonly maxMessageBytes: number
  /** The number of append messages in flight to one follower. Default 256. */
  readonly maxInflightMessages: number
  /** The bytes in flight to one follower; 0: no limit. Default 0. */
  readonly maxInflightBytes: number
  /**
   * The bytes that a leader appends ahead of the commit index before it refuses commands; 0: no limit.
   * A change of the membership is not held up. Default 256 MiB.
   */
  readonly maxUncommittedBytes: number
  /** The bytes of entries that are handed out for applying and not confirmed. Default 4 MiB. */
  readonly maxApplyingBytes: number
  /**
   * Hand out committed entries before they are durable here, for runtimes that write before they apply.
   * Default false.
   */
  readonly applyUnstable: boolean
  /** A leader that is removed or demoted becomes a follower (thesis §4.2.2). Default true. */
  readonly stepDownOnRemoval: boolean
  /** Refuse membership changes that cannot be made now. Only tests turn this off. Default true. */
  readonly validateChanges: boolean
  /**
   * Which member should lead where several could: 0 to 100, greater is better. A node that knows of a better
   * one waits an election timeout longer before it stands; a leader that knows of a better one transfers
   * leadership to it. Default 1.
   */
  readonly priority: number
  /**
   * A voter without a state machine. It leads only to bring another member up to date, then transfers
   * leadership. Its priority is 0. Default false.
   */
  readonly witness: boolean
  /**
   * The cluster only elects; it replicates nothing but its membership. Proposals are refused, reads confirm
   * which node leads, and a leader appends nothing of its own, so the log does not grow with the number of
   * elections. There is no state, so a runtime may compact the whole log at any time. All members must agree
   * on this. Default false.
   */
  readonly electionOnly: boolean
  /** Followers forward proposals to the leader. Default true. */
  readonly forwardProposals: boolean
}

export const defaultConfig: Omit<RaftConfig, 'id'> = {
  electionTimeout: 500,
  electionSpread: 1,
  heartbeatInterval: 100,
  preVote: true,
  checkQuorum: true,
  lease: true,
  clockRateTolerance: 0.1,
  maxMessageBytes: 1024 * 1024,
  maxInflightMessages: 256,
  maxInflightBytes: 0,
  maxUncommittedBytes: 256 * 1024 * 1024,
  maxApplyingBytes: 4 * 1024 * 1024,
  applyUnstable: false,
  stepDownOnRemoval: true,
  validateChanges: true,
  priority: 1,
  witness: false,
  electionOnly: false,
  forwardProposals: true,
}

/** Thrown for a configuration that cannot work. */
export class RaftConfigError extends Error {
  override readonly name = 'RaftConfigError'
  readonly code = 'OARLOCK_INVALID_CONFIG'
}

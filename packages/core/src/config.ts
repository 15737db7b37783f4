// What a node is told at birth: the times of elections (paper §5.2, §5.6; thesis §9.6 for pre-vote) and leases (thesis §6.4.1), the limits of
// flow control (thesis §10.2.2). Times are milliseconds, sizes bytes.
import { leaseDuration } from './election/lease.ts'
import type { Millis, NodeId } from './types.ts'

export interface RaftConfig {
  readonly id: NodeId
  /** T, the shortest time without a leader's message before an election; each wait is drawn from [T, 2T) (§5.2). Default 500. */
  readonly electionTimeout: Millis
  /** Waits are drawn from [T, T + this · T) instead: the wider, the rarer are split votes, and the longer a wait may be. Default 1. */
  readonly electionSpread: number
  /** Default 100. Must be well below `electionTimeout`. */
  readonly heartbeatInterval: Millis
  /** Ask before raising the term (thesis §9.6). Default true. */
  readonly preVote: boolean
  /** A leader that has not heard a quorum for an election timeout steps down; voters stick to a live leader (thesis §6.2, §4.2.3). Default true. */
  readonly checkQuorum: boolean
  /**
   * Leases: `leaseDeadline` is meaningful, nodes keep their promise over restarts and term changes, and a leader whose
   * lease ran out steps down (thesis §6.4.1). Needs `checkQuorum`. Default true.
   */
  readonly lease: boolean
  /** How much faster than the leader's clock a peer's may run, as a share: 0.1 tolerates 10 %. The lease is T / (1 + this). Default 0.1. */
  readonly clockRateTolerance: number
  /** Entries' bytes in one append message; one entry always fits. Default 1 MiB. */
  readonly maxMessageBytes: number
  /** Append messages on the way to one follower. Default 256. */
  readonly maxInflightMessages: number
  /** Their bytes; 0: no limit. Default 0. */
  readonly maxInflightBytes: number
  /** Bytes a leader appends ahead of the commit before it refuses proposals; 0: no limit. Default 256 MiB. */
  readonly maxUncommittedBytes: number
  /** Bytes of entries handed out for applying and not yet confirmed. Default 4 MiB. */
  readonly maxApplyingBytes: number
  /** Hand out committed entries before they are durable here (for runtimes that write before they apply). Default false. */
  readonly applyUnstable: boolean
  /** A leader that is removed or demoted becomes a follower (thesis §4.2.2). Default true. */
  readonly stepDownOnRemoval: boolean
  /** Refuse membership changes that cannot be made now. Only tests turn it off. Default true. */
  readonly validateChanges: boolean
  /**
   * Who leads rather, where several could: 0 to 100, the greater the better. Whoever knows of a better one gives it an election
   * timeout more to stand; a leader that knows of a better one hands over to it. Default 1.
   */
  readonly priority: number
  /** A voter without a state machine: it leads only to bring another one up to date, and hands over. Its priority is 0. Default false. */
  readonly witness: boolean
  /**
   * The cluster elects and replicates nothing but its membership: proposals are refused, reads confirm who leads, and a leader
   * appends nothing of its own, so that the log does not grow however many leaders there were. A runtime may compact it to its
   * end at any time: there is no state. All members alike. Default false.
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

const refuse = (what: string): never => {
  throw new RaftConfigError(what)
}

/** Fills in the defaults. Throws {@link RaftConfigError} for what is no configuration, or one that cannot work. */
export function completeConfig(given: Partial<RaftConfig> & Pick<RaftConfig, 'id'>): RaftConfig {
  const config: RaftConfig = { ...defaultConfig, ...given }
  const usual: RaftConfig = { id: '', ...defaultConfig }
  // A caller need not have a compiler: what is misspelt must not go unnoticed, nor 'no' pass for a yes.
  for (const key of Object.keys(config) as (keyof RaftConfig)[]) {
    const type = typeof usual[key]
    if (type === 'undefined') refuse(`no option ${key}`)
    if (typeof config[key] !== type) refuse(`${key} must be a ${type}, got ${config[key]}`)
  }
  const { id, heartbeatInterval, electionTimeout, maxInflightMessages, priority } = config
  if (!id) refuse('id must not be empty')
  const positive = ['electionTimeout', 'electionSpread', 'heartbeatInterval', 'maxInflightMessages'] as const
  for (const key of positive)
    if (!(config[key] > 0 && config[key] < Number.POSITIVE_INFINITY))
      refuse(`${key} must be a number above 0, got ${config[key]}`)
  const notNegative = [
    'clockRateTolerance',
    'maxMessageBytes',
    'maxInflightBytes',
    'maxUncommittedBytes',
    'maxApplyingBytes',
  ] as const
  for (const key of notNegative)
    if (!(config[key] >= 0)) refuse(`${key} must not be negative, got ${config[key]}`)
  if (maxInflightMessages % 1 !== 0)
    refuse(`maxInflightMessages must be a whole number, got ${maxInflightMessages}`)
  if (priority % 1 !== 0 || priority < 0 || priority > 100)
    refuse(`priority must be a whole number from 0 to 100, got ${priority}`)
  // A lease lasts electionTimeout / (1 + clockRateTolerance). Where it ran out between two heartbeats, no leadership would last.
  const most = config.lease ? leaseDuration(config) : electionTimeout
  if (heartbeatInterval >= most)
    refuse(
      `heartbeatInterval (${heartbeatInterval} ms) must be below ${config.lease ? 'the lease' : 'electionTimeout'} (${most} ms)`,
    )
  if (config.witness && config.electionOnly) refuse('witness: not with electionOnly')
  if (config.lease && !config.checkQuorum) refuse('lease needs checkQuorum')
  return config
}

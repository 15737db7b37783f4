// The kinds of faults there are, and what a run has of them.

export type FaultKind =
  /** One node, at any boundary of a write. */
  | 'crash'
  /** All nodes at one instant. */
  | 'powerCut'
  /** An application closes its member, and opens it again after a while: a write that is under way still ends. */
  | 'stop'
  /** The process stops for a while; its clock and its disk go on. */
  | 'pause'
  /** The state machine takes long over each command for a while. */
  | 'slowMachine'
  /** One node is cut off from all others. */
  | 'isolate'
  /** One node hears, and is not heard. */
  | 'mute'
  /** Two nodes cannot hear each other; all others hear both. */
  | 'link'
  /** The cluster falls into two parts. */
  | 'split'
  /** Every member talks to its two neighbours only. */
  | 'ring'
  /** Two parts, and one member that both can hear. */
  | 'bridge'
  /** Some directions of some links are cut. */
  | 'oneWay'
  | 'slowLinks'
  | 'slowDisk'
  /** An fsync fails. */
  | 'failedSync'
  /** A disk has no room for a while. */
  | 'fullDisk'
  /** Bits flip in what was synced long ago. */
  | 'bitFlip'
  /** A disk is replaced by an empty one. */
  | 'wipe'
  /** Wall clocks are set. */
  | 'clockStep'
  /** A clock changes its rate. */
  | 'drift'
  /** A leader is cut off that has just been answered, and whoever answered restarts; one member has heard nothing of it for a while. */
  | 'amnesia'
  /** An operator moves leadership. */
  | 'transfer'
  /** A node is told that a connection was lost. */
  | 'unreachable'
  /** Some nodes are told at once to stand for election. */
  | 'campaign'

export interface NemesisProfile {
  /** In ms. */
  readonly electionTimeout: number
  readonly faults: readonly FaultKind[]
  /** Between two faults, in ms, on the average. */
  readonly gap: number
  /** How long a fault lasts, in ms, on the average. */
  readonly length: number
  /** How long a node stays down, in ms, on the average. */
  readonly downtime: number
  /** The share of faults that choose the leader for a victim. */
  readonly aimsAtLeader: number
  /** The share of candidates and new leaders that soon have a fault. */
  readonly strikesElections: number
  /** The share of writes, anybody's, at which a crash strikes. */
  readonly strikesWrite: number
  /** The share of votes that were given after which the voter crashes, and is soon back: it must not forget them. */
  readonly strikesVotes: number
  /** The share of answered heartbeats after which whoever answered crashes, and is soon back: it must not forget what it promised. */
  readonly strikesAnswers: number
  /** About what a message takes to get there and its answer back, in ms: what is delicate is over soon after. */
  readonly roundTrip: number
  /** How much faster the fastest clock may run than the slowest, as a share. */
  readonly clockSpread: number
}

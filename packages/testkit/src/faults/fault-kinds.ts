// The kinds of faults, and the rates of a run.

export type FaultKind =
  /** One node crashes, possibly at a boundary of a write. */
  | 'crash'
  /** All nodes crash at one instant. */
  | 'powerCut'
  /** An application closes its member and opens it again later. A write that is under way still ends. */
  | 'stop'
  /** The process stops for a while. Its clock and its disk continue. */
  | 'pause'
  /** The state machine is slow for a while. */
  | 'slowMachine'
  /** One node is cut off from all others. */
  | 'isolate'
  /** One node receives but does not send. */
  | 'mute'
  /** Two nodes cannot reach each other. All others reach both. */
  | 'link'
  /** The cluster is split into two parts. */
  | 'split'
  /** Every member reaches only its two neighbours. */
  | 'ring'
  /** Two parts, and one member that reaches both. */
  | 'bridge'
  /** Some directions of some links are cut. */
  | 'oneWay'
  | 'slowLinks'
  | 'slowDisk'
  /** An fsync fails. */
  | 'failedSync'
  /** A disk is full for a while. */
  | 'fullDisk'
  /** Bits flip in data that was synced long ago. */
  | 'bitFlip'
  /** Bits flip in the newest snapshot of a member that can do without it: it has another one, or the whole log. */
  | 'damagedSnapshot'
  /** A disk is replaced by an empty one, and a process starts on it. */
  | 'wipe'
  /**
   * A member loses its disk and starts again on an empty one, with `rejoin: 'replace'`: the leader takes it in, in
   * place of its old self.
   */
  | 'lostDisk'
  /** A second process starts under the name of a member, with a directory of its own. */
  | 'twin'
  /** A process starts on an older copy of a member's directory, beside the member or after it lost its disk. */
  | 'oldCopy'
  /** Wall clocks are set. */
  | 'clockStep'
  /** A clock changes its rate. */
  | 'drift'
  /**
   * A leader is cut off just after some answers, and the members that answered restart. One other member has
   * not heard from it.
   */
  | 'amnesia'
  /** An operator transfers leadership. */
  | 'transfer'
  /** A node is told that a connection was lost. */
  | 'unreachable'
  /** Some nodes are told at the same time to campaign. */
  | 'campaign'

export interface NemesisProfile {
  /** In ms. */
  readonly electionTimeout: number
  readonly faults: readonly FaultKind[]
  /** The mean time between two faults, in ms. */
  readonly gap: number
  /** The mean duration of a fault, in ms. */
  readonly length: number
  /** The mean time that a node stays down, in ms. */
  readonly downtime: number
  /** The share of faults whose victim is the leader. */
  readonly aimsAtLeader: number
  /** The share of candidates and new leaders that soon have a fault. */
  readonly faultsAtElections: number
  /** The share of writes during which the node crashes. */
  readonly crashesAtWrites: number
  /**
   * The share of granted votes after which the voter crashes and soon restarts. It must not forget its vote.
   */
  readonly crashesAfterVotes: number
  /**
   * The share of answered heartbeats after which the member crashes and soon restarts. It must not forget its
   * promise.
   */
  readonly crashesAfterAnswers: number
  /** The approximate time of a message and its answer, in ms. Critical moments end soon after it. */
  readonly roundTrip: number
  /** How much faster the fastest clock may be than the slowest, as a share. */
  readonly clockSpread: number
}

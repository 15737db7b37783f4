// One fact about why there is no leader (paper §5.2; leases: thesis §6.4.1).
import type { RaftView } from '../node/index.ts'
import type { Millis, NodeId } from '../types.ts'

export type FindingKind =
  /** A node leads, and holds its lease or needs none. */
  | 'leads'
  /**
   * A node leads without a lease, until a quorum has answered, or because it has told another to take over.
   */
  | 'leads-without-lease'
  /** A node has asked for votes: the refusals with their reasons, and the voters that did not answer. */
  | 'campaign'
  /** The votes that a campaign lacks. */
  | 'votes-missing'
  /** A node refused a candidate, of which there is no view or no campaign in its view. */
  | 'refusal'
  /** A node led until lately, and why it stopped. */
  | 'lost-leadership'
  /** A node follows another one that is not seen to lead. */
  | 'follows'
  /** A node does not stand for election, and will not by itself. */
  | 'does-not-stand'
  /** A node will stand for election, later. */
  | 'waits'
  /**
   * From a runtime, not from views. It does not take part yet: its founders, its broker or its application
   * let it wait.
   */
  | 'waits-for-others'
  /** From a runtime. None of its snapshots is sound, so it waits for one from its peers. */
  | 'lacks-state'
  /** It was closed, or is closing. */
  | 'closed'
  /** It had to stop, and why. */
  | 'stopped'
  /** It has known no leader for longer than elections take. */
  | 'no-leader'
  /** Two nodes do not talk: one of them refuses the other, and why. */
  | 'refused'
  /** Another node has the same id. */
  | 'duplicate-id'
  /** There is no connection to a node, and why. */
  | 'unreachable'
  /** A leader cannot bring a follower up to date. */
  | 'stuck-follower'
  /** The election timeouts of two nodes differ more than is wise. */
  | 'timeouts-differ'
  /** The broker is away, or refuses what it was asked for. */
  | 'broker'
  /** There is no view of this voter. */
  | 'no-view'

export interface Finding {
  readonly kind: FindingKind
  /** The node that it is about; the details are in that node's view. */
  readonly node: NodeId
  /** Whole sentences. */
  readonly text: string
}

/** Why nothing is heard from a node: see explainNoLeader. */
export type Silence = ReadonlyMap<NodeId, string>

/** Older events are no reason any more: elections are tried again within two timeouts. */
const timeoutsToLookBack = 10

export const isRecent = ({ now, electionTimeout }: RaftView, at: Millis): boolean =>
  now - at <= timeoutsToLookBack * electionTimeout

// One thing that views show of why there is no leader (paper §5.2; leases: thesis §6.4.1).
import type { RaftView } from '../inspect.ts'
import type { Millis, NodeId } from '../types.ts'

export type FindingKind =
  /** A node leads, and holds its lease or needs none. */
  | 'leads'
  /** A node leads without a lease: until a quorum has answered, or because it has told another to take over. */
  | 'leads-without-lease'
  /** A node has asked for votes: who refused, for what reason, and who did not answer. */
  | 'campaign'
  /** What that is short of. */
  | 'votes-missing'
  /** A node refused a candidate of which there is no view, or no campaign in it. */
  | 'refusal'
  /** A node led until lately: why it does no longer. */
  | 'lost-leadership'
  /** A node takes another for the leader, which is not seen to lead. */
  | 'follows'
  /** A node does not stand for election, and will not by itself as things are. */
  | 'does-not-stand'
  /** A node will stand for election, later. */
  | 'waits'
  /** What carries messages, or decides who takes part, is away or does not let it take part: said by a runtime, not by views. */
  | 'runtime'
  /** Nothing is known of these voters but what others say. */
  | 'no-view'

export interface Finding {
  readonly kind: FindingKind
  /** Of whom it is; the details are in that node's view. */
  readonly node: NodeId
  /** Whole sentences. */
  readonly text: string
}

/** What happened longer ago is no reason any more: elections are tried again within two time-outs. */
const timeoutsToLookBack = 10

export const isRecent = ({ now, electionTimeout }: RaftView, at: Millis): boolean =>
  now - at <= timeoutsToLookBack * electionTimeout

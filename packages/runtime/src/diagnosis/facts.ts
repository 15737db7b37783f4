// What is known of a member when it is asked what is wrong. The sentences are made of these facts alone.
import type { Index, Millis, NodeId, RaftView } from '@oarlock/core'
import type { ElectionState } from '../election/index.ts'
import type { FoundingRule, Refusal } from '../identity/index.ts'
import type { Link } from '../ports/index.ts'

/** A peer that this member refuses. */
export interface RefusedPeer {
  readonly peer: NodeId
  readonly refusal: Refusal
}

/** A follower that answers, but whose log does not grow. */
export interface StuckFollower {
  readonly peer: NodeId
  /** The last index that the leader knows to be there. */
  readonly match: Index
  /** It refuses what it has acknowledged: its disk has lost entries. */
  readonly hasLostEntries: boolean
  readonly since: Millis
}

export interface MemberFacts {
  readonly id: NodeId
  /** Every time is of this clock. */
  readonly now: Millis
  readonly electionTimeout: Millis
  readonly state: ElectionState
  /** Why it had to stop. */
  readonly failure: unknown
  readonly view: RaftView
  /** The founders that it waits for. */
  readonly awaited: readonly NodeId[]
  readonly founding: FoundingRule
  /** As PeerIdentities.joining. */
  readonly joining: 'asks' | 'waits' | null
  /** The connections to the seeds that are asked, by address. */
  readonly seeds: ReadonlyMap<string, Link>
  readonly links: ReadonlyMap<NodeId, Link>
  readonly refused: readonly RefusedPeer[]
  /** The election timeouts of peers that differ more than is wise. */
  readonly timeouts: ReadonlyMap<NodeId, Millis>
  readonly stuck: readonly StuckFollower[]
  /** Why it waits for a snapshot from its peers, or null. */
  readonly lacksState: Error | null
  /** How long no leader has been known, if that is longer than an election takes. */
  readonly leaderlessFor: Millis | null
}

// Every message between nodes (figure 2 and figure 13): its sender, its occasion, and where it is described.
// The kinds and their fields are those of etcd/raft, under the paper's words.
import type {
  Entry,
  EntryId,
  Index,
  Millis,
  NodeId,
  Payload,
  RequestId,
  SnapshotMeta,
  Term,
} from './types.ts'

/**
 * Leader to follower: replicate `entries` after `prev`; an empty one carries the commit index (§5.3,
 * AppendEntries).
 */
export interface Append {
  readonly type: 'append'
  readonly term: Term
  readonly prev: EntryId
  readonly entries: readonly Entry[]
  readonly commit: Index
}

/**
 * Follower to leader, once durable (§5.3). Accepted: `index` is the last index *of the message*. Rejected:
 * `index` is the message's `prev.index`, and `hint` the highest place where the logs may agree. It also
 * answers a leader of an older term, to tell it the newer one.
 */
export interface AppendResponse {
  readonly type: 'appendResponse'
  readonly term: Term
  readonly index: Index
  readonly rejected: boolean
  readonly hint: EntryId
}

/**
 * Candidate to voters (§5.2, RequestVote). `transfer`: the leader asked for it, so leader stickiness does not
 * apply (thesis §3.10).
 */
export interface Vote {
  readonly type: 'vote'
  readonly term: Term
  readonly last: EntryId
  readonly transfer: boolean
}

/** Voter to candidate, once the vote is durable (§5.2). */
export interface VoteResponse {
  readonly type: 'voteResponse'
  readonly term: Term
  readonly granted: boolean
  /** The last entry that the voter knows to be committed: see node/committed-change.ts. */
  readonly committed?: EntryId
  /** Why it refused, for people. No rule reads it, and it may be missing. */
  readonly refusal?: VoteRefusal
}

/** Candidate to voters, before it raises the term: would you vote for me in `term`? (Thesis §9.6.) */
export interface PreVote {
  readonly type: 'preVote'
  readonly term: Term
  readonly last: EntryId
  readonly transfer: boolean
}

/** The answer to a pre-vote. `term` is the requested one if granted, else the voter's own (thesis §9.6). */
export interface PreVoteResponse {
  readonly type: 'preVoteResponse'
  readonly term: Term
  readonly granted: boolean
  /** As in {@link VoteResponse}. */
  readonly committed?: EntryId
  /** As in {@link VoteResponse}. */
  readonly refusal?: VoteRefusal
}

/**
 * Leader to all, every heartbeat interval (§5.2). `sentAt`: the leader's clock, which the answer brings back
 * for the lease (thesis §6.4.1).
 */
export interface Heartbeat {
  readonly type: 'heartbeat'
  readonly term: Term
  readonly commit: Index
  readonly sentAt: Millis
  /** Counts this leader's rounds of heartbeats, for reads (thesis §6.4). */
  readonly round: number
  /** The greatest priority among the voters that could succeed this leader: see election/priority.ts. */
  readonly successorPriority: number
  /** Every voter holds the log up to here: see node/witness.ts. */
  readonly heldByAll: Index
}

export interface HeartbeatResponse {
  readonly type: 'heartbeatResponse'
  readonly term: Term
  readonly sentAt: Millis
  readonly round: number
  /** Of the sender. */
  readonly priority: number
  /**
   * For how long the sender promises to help no other candidate, by its own clock (thesis §6.4.1). 0: it
   * promises nothing.
   */
  readonly promise: Millis
}

/** Leader to a follower whose next entry is compacted away (§7, InstallSnapshot). */
export interface InstallSnapshot {
  readonly type: 'snapshot'
  readonly term: Term
  readonly snapshot: SnapshotMeta
}

/** Leader to the transfer's target: start an election now (thesis §3.10). */
export interface TimeoutNow {
  readonly type: 'timeoutNow'
  readonly term: Term
}

/** Follower to leader: transfer leadership to `to` (thesis §3.10). */
export interface TransferLeader {
  readonly type: 'transferLeader'
  readonly term: Term
  readonly to: NodeId
}

/** Follower to leader: a proposal of that follower. Carries no term. `request` null: no answer is wanted. */
export interface Propose {
  readonly type: 'propose'
  readonly request: RequestId | null
  readonly entries: readonly Payload[]
}

/** Leader to the follower that forwarded a proposal: its place, or that it was not appended. */
export interface ProposeResponse {
  readonly type: 'proposeResponse'
  readonly request: RequestId
  /** The place of the first entry, or null: not appended, by this node, now or later. */
  readonly at: EntryId | null
  /** Why not, when `at` is null. */
  readonly reason: DropReason | null
}

/** A read asks a quorum, or relies on the leader's lease. */
export type ReadPolicy = 'quorum' | 'lease'

/** Follower to leader: a linearizable read at that follower (thesis §6.4). Carries no term. */
export interface ReadIndex {
  readonly type: 'readIndex'
  readonly request: RequestId
  readonly policy: ReadPolicy
}

/** Leader to follower: once everything up to `index` is applied there, the read may be served. */
export interface ReadIndexResponse {
  readonly type: 'readIndexResponse'
  readonly request: RequestId
  readonly index: Index
}

/** Why a voter gives no vote, with the facts that it went by. For people: no rule reads it. */
export type VoteRefusal =
  /** It leads, and knows of no later term. */
  | { readonly reason: 'leads' }
  /** It has heard `leader` lately, and deposes no leader for `remaining` ms more (thesis §4.2.3). */
  | { readonly reason: 'follows-leader'; readonly leader: NodeId; readonly remaining: Millis }
  /**
   * It may have promised a leader to vote for no other candidate, for `remaining` ms more (thesis §6.4.1). It
   * does not know that leader (any more). `sinceStart`: it has started within that time, and does not know
   * whether it promised anything before.
   */
  | { readonly reason: 'promised'; readonly remaining: Millis; readonly sinceStart: boolean }
  /** The requested term has a leader (§5.2). */
  | { readonly reason: 'term-has-leader'; readonly leader: NodeId }
  /** One vote a term (§5.2): it went to `vote`, which may be the voter itself. */
  | { readonly reason: 'voted-for-other'; readonly vote: NodeId }
  /** The candidate's log is less up to date than the voter's, which ends at `last` (§5.4.1). */
  | { readonly reason: 'log-behind'; readonly last: EntryId }
  /** The voter's term, which its answer carries, is later than the requested one (§5.1). */
  | { readonly reason: 'later-term' }

export type RefusalReason = VoteRefusal['reason']

/** Why a proposal was not appended. */
export type DropReason =
  | 'no-leader'
  | 'not-leader'
  | 'transferring'
  | 'too-many-uncommitted'
  | 'forwarding-off'
  /** This cluster replicates only its membership (RaftConfig.electionOnly). */
  | 'election-only'
  /** Membership: another change is not applied yet, or this leader has committed no entry of its own term. */
  | 'change-pending'
  /** Membership: the configuration in force is not the expected one. */
  | 'configuration-changed'
  /** Membership: the change makes no sense for this configuration. */
  | 'invalid-change'

export type Message =
  | Append
  | AppendResponse
  | Vote
  | VoteResponse
  | PreVote
  | PreVoteResponse
  | Heartbeat
  | HeartbeatResponse
  | InstallSnapshot
  | TimeoutNow
  | TransferLeader
  | Propose
  | ProposeResponse
  | ReadIndex
  | ReadIndexResponse

export type MessageType = Message['type']

export interface Envelope {
  readonly from: NodeId
  readonly to: NodeId
  readonly message: Message
}

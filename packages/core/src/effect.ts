// What goes out (paper figure 2: messages, what is stored before they are answered, entries to apply). Effects gather in the core until the runtime
// takes them (Raft.take), so that one turn of an event loop makes one write and one frame a peer, however many events it served.
//
// The durability law (thesis §3.8), as a type: a `Persist` carries the messages that depend on it. The runtime has one
// rule: make the write durable, *then* send its `thenSend`. Votes, append acknowledgements and the node's own vote all
// travel this way, so a single-node cluster is no special case. What is in `send` needs no write and may leave at once.
import type { DropReason, Envelope } from './message.ts'
import type {
  Entry,
  EntryId,
  HardState,
  Index,
  NodeId,
  RequestId,
  Role,
  SnapshotMeta,
  Term,
} from './types.ts'

/** Names a write. It carries the term, so that a late confirmation cannot mark the entries of a newer one stable. */
export interface WriteId {
  /** Counts writes of this node since it started. */
  readonly sequence: number
  readonly term: Term
  /** The last entry of the log when the write was taken, if any entry was not yet durable. */
  readonly last: EntryId | null
  /** The snapshot that is installed by the write, if one is. */
  readonly snapshot: Index | null
}

/** One atomic write; writes are made durable in the order in which they were taken. */
export interface Persist {
  readonly write: WriteId
  /** Present when it changed. */
  readonly hardState: HardState | null
  /** Entries to append. What the store holds at or after the first one's index is cut off in the same write. */
  readonly entries: readonly Entry[]
  /** Replaces the whole log and the state machine's state. */
  readonly snapshot: SnapshotMeta | null
  /** False when only the commit index changed: the write needs no fsync, only its place in the order. */
  readonly mustSync: boolean
  /** Send these when (and only when) this write and all before it are durable. Those to this node itself are stepped as `receive`. */
  readonly thenSend: readonly Envelope[]
}

export interface RoleChange {
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | null
}

/** What became of a proposal: its place in the leader's log (it may still be lost: see the term at that index when applied), or none. */
export interface ProposalOutcome {
  readonly request: RequestId
  readonly at: EntryId | null
  readonly reason: DropReason | null
}

/** A read that may be served once everything up to `index` is applied; null: it is not known what may be read, ask again. */
export interface ReadOutcome {
  readonly request: RequestId
  readonly index: Index | null
}

export interface Effects {
  /** Role, term or leader changed since the last take. */
  readonly role: RoleChange | null
  readonly persist: Persist | null
  /** Safe to send before any write completes. */
  readonly send: readonly Envelope[]
  /** Committed entries, in order, each once. Answer with `applied`. */
  readonly apply: readonly Entry[]
  readonly proposals: readonly ProposalOutcome[]
  readonly reads: readonly ReadOutcome[]
}

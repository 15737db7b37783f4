// What goes out (paper figure 2): messages to send, a write to make before they are answered, entries to
// apply. Effects gather in the core until the runtime takes them (Raft.take). So one turn of an event loop
// makes one write, and one frame for each peer, however many events it served.
//
// The durability law (thesis §3.8) is a type: a `Persist` carries the messages that depend on it. The runtime
// makes the write durable, *then* sends its `thenSend`. Votes, acknowledgements of appends and the node's own
// vote all travel this way, so a cluster of one node is no special case. The messages in `send` depend on no
// write and may leave at once.
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

/**
 * Names a write. It carries the term, so that a late confirmation cannot make the entries of a newer term
 * durable.
 */
export interface WriteId {
  /** Counts the writes of this node since its start. */
  readonly sequence: number
  readonly term: Term
  /** The last entry of the log when the write was taken; null if every entry was durable. */
  readonly last: EntryId | null
  /** The snapshot that the write installs, or null. */
  readonly snapshot: Index | null
}

/** One atomic write; writes are made durable in the order in which they were taken. */
export interface Persist {
  readonly write: WriteId
  /** Null: unchanged. */
  readonly hardState: HardState | null
  /** Entries to append. The same write cuts off the store's entries at and after the first one's index. */
  readonly entries: readonly Entry[]
  /** Replaces the whole log and the state machine's state. */
  readonly snapshot: SnapshotMeta | null
  /** False if only the commit index changed: the write needs no fsync, only its place in the order. */
  readonly mustSync: boolean
  /**
   * Send these when this write and all before it are durable, not sooner. Messages to this node itself are
   * stepped as `receive`.
   */
  readonly thenSend: readonly Envelope[]
}

export interface RoleChange {
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | null
}

/**
 * The place of a proposal in the leader's log, or null if it was not appended. It may still be lost: then
 * another term stands at that index when it is applied.
 */
export interface ProposalOutcome {
  readonly request: RequestId
  readonly at: EntryId | null
  readonly reason: DropReason | null
}

/** A read may be served once everything up to `index` is applied. Null: there is no answer, ask again. */
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

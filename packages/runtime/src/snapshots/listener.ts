// What the snapshots of a replica tell its member.
import type { EntryId, Index, NodeId, SnapshotMeta } from '@oarlock/core'
import type { StoredSnapshot } from '../ports/index.ts'

export interface SnapshotListener {
  /** The only snapshot is being checked: so many bytes are read. */
  checking?(read: number, size: number): void
  /** The machine is being restored: so many bytes are read. */
  restoring?(read: number, size: number): void
  /** The newest snapshot was damaged: the entries after `from` are being applied up to `last`. */
  replaying?(from: Index, applied: Index, last: Index): void
  /** The machine's state is the one after this entry, and applying goes on. */
  restored?(place: EntryId): void
  /** The state of this place is fixed, and is being written. */
  taking?(meta: SnapshotMeta): void
  taken?(snapshot: StoredSnapshot): void
  /** The next one is tried later. */
  notTaken?(cause: Error): void
  compacted?(to: SnapshotMeta): void
  /** A snapshot from a peer is complete. */
  received?(from: NodeId, snapshot: StoredSnapshot): void
  /** A broken transfer goes on. */
  resumed?(meta: SnapshotMeta, received: number): void
  /** Received bytes were discarded. The peer offers again. */
  notReceived?(meta: SnapshotMeta, cause: Error): void
  /** A stored snapshot is damaged, and removed. */
  damaged?(snapshot: StoredSnapshot, cause: Error): void
  /** No snapshot is sound, and the log does not reach back so far. The peers are asked for one. */
  requesting?(cause: Error): void
}

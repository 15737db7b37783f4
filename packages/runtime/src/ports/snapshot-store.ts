// The files of snapshots, beside the log (paper §7). The store sees bytes: it knows neither the state machine
// nor the sections in them.
import type { PartialSnapshot, SnapshotMeta, SnapshotOffer } from '@oarlock/core'

/** A snapshot that is complete and durable. */
export interface StoredSnapshot {
  /** Its last entry, and the configuration there. */
  readonly meta: SnapshotMeta
  /** In bytes, without what the store adds. */
  readonly size: number
  /** SHA-256 of all the bytes, in lower-case hex, as every store of a cluster computes it. */
  readonly digest: string
}

/** Writes one snapshot. Calls come one at a time. After a rejection only `abort` may follow. */
export interface SnapshotWriter {
  /** Takes the next bytes. They need not be durable when it resolves. The caller may reuse them then. */
  append(bytes: Uint8Array): Promise<void>
  /**
   * Makes the snapshot durable. The bytes are synced first, then the file gets its name, then the directory
   * is synced. So at each moment of a crash a start finds the whole snapshot, or none of it. When this
   * resolves, it is in `stored`.
   */
  commit(): Promise<StoredSnapshot>
  /** Removes what was written. Never rejects. */
  abort(): Promise<void>
}

/**
 * The snapshots of a log store. They are usable between its `open` and its `close`. `close` waits for the
 * operation under way, and aborts writers. The member may read, write one snapshot and receive another at the
 * same time, also beside writes of the log. It has one operation on the partial snapshot under way at a time.
 *
 * A failed write of a snapshot costs that snapshot only: the call rejects, and the store goes on. It must not
 * retry a failed fsync on the same file.
 */
export interface SnapshotStore {
  /**
   * The complete snapshots, newest first. A live view. A start does not read all their bytes: `read` notices
   * damage. A file whose description cannot be read is not listed.
   */
  readonly stored: readonly StoredSnapshot[]
  /**
   * Begins to write a snapshot of this member. It is not in `stored` before it is committed. A snapshot of the
   * same place is replaced then, atomically.
   */
  create(meta: SnapshotMeta): Promise<SnapshotWriter>
  /**
   * Bytes of a stored snapshot. Each block is checked: a wrong byte is never returned. Rejects with
   * SnapshotDamagedError for a block that is damaged or missing. The range is inside the snapshot.
   */
  read(snapshot: StoredSnapshot, offset: number, length: number): Promise<Uint8Array>
  /** Removes a stored snapshot. It is out of `stored` when this resolves. It need not be durable. */
  remove(snapshot: StoredSnapshot): Promise<void>
  /**
   * The snapshot that was received in part, as a start finds it, and as far as it is durable. Null: none. A
   * live view.
   */
  readonly partial: PartialSnapshot | null
  /** Begins to receive this snapshot, and forgets what was received of another one. */
  startPartial(offer: SnapshotOffer): Promise<void>
  /** Appends to the partial snapshot, at `offset`. The bytes are durable when this resolves. */
  appendPartial(offset: number, bytes: Uint8Array): Promise<void>
  /**
   * All bytes are received: makes the partial snapshot a stored one, as SnapshotWriter.commit does, under the
   * offer's description. `partial` is null then. Rejects with SnapshotDamagedError if size or digest are not
   * those of the offer; then the bytes are removed.
   */
  commitPartial(): Promise<StoredSnapshot>
  /** Removes the partial snapshot. */
  discardPartial(): Promise<void>
}

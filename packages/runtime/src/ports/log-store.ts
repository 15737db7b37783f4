import type { HardState, LogReader, Persist, SnapshotMeta } from '@oarlock/core'
import type { PeerRecord, StoredIdentity } from '../identity/index.ts'
import type { LogStoreStats } from './log-store-stats.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** The contents of a log store that has been opened. */
export interface OpenedLog {
  readonly hardState: HardState
  /**
   * The durable entries. A live view: a finished write is in it before `write` resolves, and a compaction before
   * `compact` does. Its `snapshot` stands for the entries that are compacted.
   */
  readonly log: LogReader
  /** Who the member is that this log belongs to, and which peers it knows. */
  readonly identity: StoredIdentity
}

export interface LogStore {
  /** Reads and repairs the log. Throws an OarlockError: locked, corrupt, of another cluster or member. */
  open(): Promise<OpenedLog>
  /**
   * Makes the batch durable, in order, with one fsync at most (none if no part has `mustSync`). The member
   * has one write under way at a time. Resolves only when the batch is durable. After a rejection the store
   * accepts no further write.
   *
   * A part with a `snapshot` replaces the log: all entries are gone, and it begins after the snapshot, which is
   * its `log.snapshot` from then on. That is durable in the same order as all else, and `mustSync` is set. The
   * snapshot's file is in `snapshots.stored` before. A store without `snapshots` refuses such a part.
   */
  write(batch: readonly Persist[]): Promise<void>
  /**
   * Replaces what is recorded of the peers. Resolves when it is durable. The member has one such write under
   * way at a time, perhaps beside one of the log.
   */
  recordPeers(record: PeerRecord): Promise<void>
  /** The files of snapshots. Without them the log is never compacted. With them the store has `compact`. */
  readonly snapshots?: SnapshotStore
  /**
   * Forgets the entries up to `to.index`, and keeps those after it. `to` is `log.snapshot` from then on. The log
   * holds that entry, and a stored snapshot reaches as far or further. Resolves when a start finds the log like
   * this: with the entries, or without them and with `to`, whenever a crash comes. Entries may be freed later.
   * The member has one compaction under way at a time, perhaps beside a write. If that write replaces the log
   * by a later snapshot, this one has no effect. After a rejection the store accepts no further write.
   */
  compact?(to: SnapshotMeta): Promise<void>
  /** For metrics. Without it they say nothing of the log's bytes and fsyncs. */
  stats?(): LogStoreStats
  /** Waits for a write under way, then releases files and lock. Idempotent. */
  close(): Promise<void>
}

/**
 * The writing half of a log store, as the driver uses it. It takes a callback, not a promise, so that a
 * simulator decides when a write ends.
 */
export interface LogWriter {
  /**
   * As `LogStore.write`. Calls back once, never before it returns: with null when the batch is durable, or
   * with the failure.
   */
  write(batch: readonly Persist[], done: (failure: Error | null) => void): void
}

import type { HardState, LogReader, Persist } from '@oarlock/core'
import type { PeerRecord, StoredIdentity } from '../identity/index.ts'

/** The contents of a log store that has been opened. */
export interface OpenedLog {
  readonly hardState: HardState
  /** The durable entries. A live view: a finished write is in it before `write` resolves. */
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
   */
  write(batch: readonly Persist[]): Promise<void>
  /**
   * Replaces what is recorded of the peers. Resolves when it is durable. The member has one such write under
   * way at a time, perhaps beside one of the log.
   */
  recordPeers(record: PeerRecord): Promise<void>
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

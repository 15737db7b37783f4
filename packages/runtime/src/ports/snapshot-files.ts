// A log store's snapshots and a state machine's bytes, as the runtime uses them. They take callbacks, not
// promises, so that a simulator decides when an operation ends.
import type { PartialSnapshot, SnapshotMeta, SnapshotOffer } from '@oarlock/core'
import type { StoredSnapshot } from './snapshot-store.ts'

/** Null, or the failure. */
export type Done = (failure: Error | null) => void
/** The value, or the failure. */
export type Got<Value> = (failure: Error | null, value: Value | null) => void

/** A stream of bytes that is pulled. */
export interface ByteSource {
  /** The next bytes, at least one, or null at the end. Calls back once, perhaps before it returns. */
  next(got: Got<Uint8Array>): void
  /** No more is wanted. A `next` that waits may call back or not. */
  cancel(): void
}

/** As SnapshotWriter. */
export interface SnapshotFile {
  append(bytes: Uint8Array, done: Done): void
  commit(got: Got<StoredSnapshot>): void
  abort(): void
}

/** As SnapshotStore, and `LogStore.compact`. Each calls back once, never before it returns. */
export interface SnapshotFiles {
  readonly stored: readonly StoredSnapshot[]
  readonly partial: PartialSnapshot | null
  create(meta: SnapshotMeta, got: Got<SnapshotFile>): void
  read(snapshot: StoredSnapshot, offset: number, length: number, got: Got<Uint8Array>): void
  remove(snapshot: StoredSnapshot, done: Done): void
  startPartial(offer: SnapshotOffer, done: Done): void
  appendPartial(offset: number, bytes: Uint8Array, done: Done): void
  commitPartial(got: Got<StoredSnapshot>): void
  discardPartial(done: Done): void
  compact(to: SnapshotMeta, done: Done): void
}

/** A part of every snapshot: the state machine, or state of the runtime beside it. */
export interface SnapshotSection {
  readonly name: string
  /** The version of its bytes. One of a newer format is refused. */
  readonly format: number
  /**
   * Its state now, as bytes: what is applied later does not show in them. Null: it has none, and the snapshot is
   * without this section.
   */
  take(): ByteSource | null
  /** Replaces its state. A failure of the source comes back as it is. */
  restore(source: ByteSource, format: number, done: Done): void
  /** The snapshot is without this section: begins empty. */
  reset(): void
}

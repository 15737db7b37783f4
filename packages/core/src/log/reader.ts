// The durable part of the log (figure 2, persistent state), as the core reads it. The runtime's log store
// writes it: see effect.ts.
import type { Entry, Index, SnapshotMeta, Term } from '../types.ts'

export interface LogReader {
  /** The index of the first entry that is not compacted: one after the snapshot's, or 1. */
  readonly firstIndex: Index
  /** The index of the last durable entry, or `firstIndex - 1`. */
  readonly lastIndex: Index
  /**
   * The term at `index`, from `firstIndex - 1` (the snapshot's, or 0 at index 0) to `lastIndex`; else
   * undefined.
   */
  termAt(index: Index): Term | undefined
  /**
   * Entries of [from, to), at least one, then as many as fit in `maxBytes` of data. It is called only for
   * entries that are there.
   */
  entries(from: Index, to: Index, maxBytes: number): readonly Entry[]
  /** The snapshot that stands for everything before `firstIndex`, or null. */
  readonly snapshot: SnapshotMeta | null
}

import type { HistogramSnapshot } from './histogram-snapshot.ts'

/** What a log store measures of itself. */
export interface LogStoreStats {
  /** What the log takes on disk, without snapshots. */
  readonly diskBytes: number
  /** What the tail of the log takes in memory. */
  readonly memoryBytes: number
  /** How long each fsync of the log took, in ms. */
  readonly fsync: HistogramSnapshot
}

/** How often values fell into each bucket, since the start. Plain data. */
export interface HistogramSnapshot {
  /** The greatest value of each bucket but the last one, ascending. The last bucket has no limit. */
  readonly bounds: readonly number[]
  /** One for each bound, and one more. Not cumulative. */
  readonly counts: readonly number[]
  /** How many values there were. */
  readonly count: number
  readonly sum: number
}

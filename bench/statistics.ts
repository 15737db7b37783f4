// The statistics of the benchmarks: quantiles of measurements, and medians of ratios.

/** The value below which the share `q` of the sorted values lies. NaN if there are no values. */
export const quantile = (sorted: ArrayLike<number>, q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN

export const ascending = (values: readonly number[]): Float64Array => Float64Array.from(values).sort()

export const median = (values: readonly number[]): number => quantile(ascending(values), 0.5)

export interface Spread {
  readonly trials: number
  readonly median: number
  readonly p90: number
  readonly max: number
}

export const spread = (values: readonly number[]): Spread => {
  const sorted = ascending(values)
  return {
    trials: sorted.length,
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    max: quantile(sorted, 1),
  }
}

/**
 * The median over the rounds of `of` divided by `to`. It hardly depends on how the machine's own speed
 * drifts.
 */
export function medianRatio(of: ReadonlyMap<number, number>, to: ReadonlyMap<number, number>): number {
  return median(
    [...of].flatMap(([round, value]) => (to.has(round) ? [value / (to.get(round) ?? Number.NaN)] : [])),
  )
}

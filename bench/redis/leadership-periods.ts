// When each instance led, and for how long there were two leaders.

export interface LeadershipPeriod {
  readonly id: string
  /** The machine's time, in ms. */
  readonly from: number
  /** Infinity: it still leads. */
  until: number
}

/** For how long, between two times, there were two leaders or more, in ms. */
export function twoLeaders(periods: readonly LeadershipPeriod[], from: number, until: number): number {
  const edges = periods
    .map((one) => ({ from: Math.max(one.from, from), until: Math.min(one.until, until) }))
    .filter((one) => one.from < one.until)
    .flatMap((one) => [
      { at: one.from, step: 1 },
      { at: one.until, step: -1 },
    ])
    // A leader that ends at the instant in which another begins does not overlap with it.
    .sort((a, b) => a.at - b.at || a.step - b.step)
  let leaders = 0
  let since = 0
  let sum = 0
  for (const { at, step } of edges) {
    if (leaders > 1) sum += at - since
    leaders += step
    since = at
  }
  return sum
}

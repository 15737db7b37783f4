// Who has said when that it leads, and for how long there were two.

export interface Holding {
  readonly id: string
  /** In ms of the machine's time. */
  readonly from: number
  /** Infinity: it still does. */
  until: number
}

/** For how many ms of a time there were two or more. */
export function twoLeaders(holdings: readonly Holding[], from: number, until: number): number {
  const edges = holdings
    .map((one) => ({ from: Math.max(one.from, from), until: Math.min(one.until, until) }))
    .filter((one) => one.from < one.until)
    .flatMap((one) => [
      { at: one.from, step: 1 },
      { at: one.until, step: -1 },
    ])
    // Where one ends as another begins there are not two.
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

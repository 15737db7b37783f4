// Where a time is on the paper. Time runs downwards, and not evenly: what is close together is pulled apart, so that it can be
// read, and where nothing happens for long the paper is folded.

/** Something that needs room: two of one column must be so far apart. */
export interface Row {
  readonly at: number
  /** Rows of different columns may be beside one another. */
  readonly column: string
  /** In pixels. */
  readonly height: number
}

/** The paper is folded here. */
export interface Fold {
  readonly y: number
  readonly text: string
}

const LEAST = 8
const MOST = 54
/** From here on (in ms) a gap is worth saying how long it is. */
const LONG = 60
const FOLD = 40

/** In pixels, for so many ms. */
const stretched = (ms: number): number => Math.min(MOST, LEAST + 9 * Math.log2(1 + ms * 2))

export class Timeline {
  readonly folds: readonly Fold[]
  /** Where it ends. */
  readonly bottom: number
  readonly #times: readonly number[]
  readonly #ys: readonly number[]

  /** `rows`: all that is to be seen, in any order; the first is at `top`. */
  constructor(rows: readonly Row[], top: number) {
    const byTime = new Map<number, Row[]>()
    for (const row of [...rows].sort((a, b) => a.at - b.at)) {
      const same = byTime.get(row.at)
      if (same === undefined) byTime.set(row.at, [row])
      else same.push(row)
    }
    this.#times = [...byTime.keys()]
    const ys: number[] = []
    const folds: Fold[] = []
    /** Up to where each column is taken. */
    const taken = new Map<string, number>()
    this.#times.forEach((at, place) => {
      const before = this.#times[place - 1]
      const gap = before === undefined ? 0 : at - before
      let y = before === undefined ? top : ys[place - 1]! + (gap >= LONG ? FOLD : stretched(gap))
      for (const { column } of byTime.get(at)!) y = Math.max(y, taken.get(column) ?? 0)
      for (const { column, height } of byTime.get(at)!) taken.set(column, y + height)
      if (gap >= LONG) folds.push({ y: (ys[place - 1]! + y) / 2, text: `${Math.round(gap)} ms` })
      ys.push(y)
    })
    this.#ys = ys
    this.folds = folds
    this.bottom = ys.at(-1) ?? top
  }

  get times(): readonly number[] {
    return this.#times
  }

  /** Between two rows in proportion; before the first and after the last, there. */
  y(at: number): number {
    const times = this.#times
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (times[middle]! < at) low = middle + 1
      else high = middle
    }
    if (low === times.length) return this.bottom
    if (times[low] === at || low === 0) return this.#ys[low]!
    const share = (at - times[low - 1]!) / (times[low]! - times[low - 1]!)
    return this.#ys[low - 1]! + share * (this.#ys[low]! - this.#ys[low - 1]!)
  }
}

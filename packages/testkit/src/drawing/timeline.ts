// Maps times to the paper. Time runs downwards, but not evenly: events that are close together are pulled
// apart to be readable, and a long time without events is folded.

/** Something that needs room. Two rows of a column must not overlap. */
export interface Row {
  readonly at: number
  /** Rows of different columns may stand side by side. */
  readonly column: string
  /** In pixels. */
  readonly height: number
}

/** A fold in the paper. */
export interface Fold {
  readonly y: number
  readonly text: string
}

const LEAST = 8
const MOST = 54
/** A fold tells its length from this many ms on. */
const LONG = 60
const FOLD = 40

/** The height in pixels of this many ms. */
const stretched = (ms: number): number => Math.min(MOST, LEAST + 9 * Math.log2(1 + ms * 2))

export class Timeline {
  readonly folds: readonly Fold[]
  /** The end of the paper, in pixels. */
  readonly bottom: number
  readonly #times: readonly number[]
  readonly #ys: readonly number[]

  /** `rows`: everything to be drawn, in any order. The first row is at `top`. */
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
    /** How far each column is used. */
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

  /** The height of a time, interpolated between rows. */
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

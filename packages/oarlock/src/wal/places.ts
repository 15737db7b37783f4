// Where the log's entries are on disk, sparsely: a mark for one record in 64 KiB. An entry is found by
// reading the records from the last mark before it on (segment-reader.ts). Besides, there is a mark wherever
// the entries do not simply follow those of the record before: where a record replaces earlier entries, and
// at the beginning of a segment. So from one mark to the next the indexes ascend without a gap, and the first
// record that has an index there is the one that counts.

/** A record's place. */
export interface Place {
  readonly segment: number
  /** The byte of the segment's file. */
  readonly at: number
}

/** A mark, and the index at which the next one begins; Infinity after the last one. */
export interface Mark extends Place {
  readonly until: number
}

const STEP_BYTES = 64 * 1024

export class SparsePlaces {
  readonly #indexes: number[] = []
  readonly #segments: number[] = []
  readonly #ats: number[] = []
  /** The index after the last entry. */
  #next = 0

  /** A record has `count` entries from `first` on. Those that were there before are replaced. */
  append(first: number, count: number, { segment, at }: Place): void {
    while (this.#indexes.length > 0 && this.#indexes.at(-1)! >= first) {
      this.#indexes.pop()
      this.#segments.pop()
      this.#ats.pop()
    }
    const last = this.#indexes.length - 1
    const follows = first === this.#next && this.#segments[last] === segment
    if (!follows || at - this.#ats[last]! >= STEP_BYTES) {
      this.#indexes.push(first)
      this.#segments.push(segment)
      this.#ats.push(at)
    }
    this.#next = first + count
  }

  /** The last mark at or before an index. */
  find(index: number): Mark | undefined {
    let low = 0
    let high = this.#indexes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#indexes[middle]! <= index) low = middle + 1
      else high = middle
    }
    if (low === 0) return undefined
    const until = this.#indexes[low] ?? Number.POSITIVE_INFINITY
    return { segment: this.#segments[low - 1]!, at: this.#ats[low - 1]!, until }
  }

  /** Forgets the marks that no entry from `index` on needs. */
  forgetBefore(index: number): void {
    let count = 0
    while (count + 1 < this.#indexes.length && this.#indexes[count + 1]! <= index) count++
    for (const list of [this.#indexes, this.#segments, this.#ats]) list.splice(0, count)
  }

  clear(): void {
    for (const list of [this.#indexes, this.#segments, this.#ats]) list.length = 0
    this.#next = 0
  }
}

// The storage that the cases assume: entries in memory, compacted on command, and a snapshot of the latest
// applied state.
import {
  type Configuration,
  type Entry,
  type Index,
  index,
  type LogReader,
  type SnapshotMeta,
  type Term,
  term,
} from '@oarlock/core'
import { CaseError } from './datadriven.ts'

const noSnapshot: SnapshotMeta = {
  index: index(0),
  term: term(0),
  configuration: { voters: [], outgoing: [], learners: [], learnersNext: [], autoLeave: false },
}

export class CaseStorage implements LogReader {
  /** The position before the first entry. */
  #base: { readonly index: Index; readonly term: Term }
  #entries: Entry[] = []
  #applied: SnapshotMeta

  constructor(bootstrap: SnapshotMeta | null) {
    this.#applied = bootstrap ?? noSnapshot
    this.#base = this.#applied
  }

  get firstIndex(): Index {
    return index(this.#base.index + 1)
  }

  get lastIndex(): Index {
    return index(this.#base.index + this.#entries.length)
  }

  get snapshot(): SnapshotMeta | null {
    return this.#applied.index === 0 ? null : this.#applied
  }

  termAt(at: Index): Term | undefined {
    return at === this.#base.index ? this.#base.term : this.#entries[at - this.firstIndex]?.term
  }

  entries(from: Index, to: Index, maxBytes: number): readonly Entry[] {
    const there = this.#entries.slice(from - this.firstIndex, to - this.firstIndex)
    let bytes = 0
    const end = there.findIndex((entry, at) => {
      bytes += entry.data.length
      return at > 0 && bytes > maxBytes
    })
    return end === -1 ? there : there.slice(0, end)
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    if (first.index < this.firstIndex || first.index > this.lastIndex + 1)
      throw new Error(
        `append at ${first.index} does not fit a log of [${this.firstIndex}, ${this.lastIndex}]`,
      )
    this.#entries.length = first.index - this.firstIndex
    this.#entries.push(...entries)
  }

  restore(snapshot: SnapshotMeta): void {
    this.#base = snapshot
    this.#entries = []
    this.#applied = snapshot
  }

  /** The state machine has applied `entry`, and `configuration` is in effect. */
  apply({ index, term }: Entry, configuration: Configuration): void {
    this.#applied = { index, term, configuration }
  }

  /** Drops the entries up to `to`. False if they were dropped before. */
  compact(to: Index): boolean {
    if (to <= this.#base.index) return false
    const at = this.termAt(to)
    if (at === undefined)
      throw new CaseError(`cannot compact up to ${to}: the last index is ${this.lastIndex}`)
    this.#entries = this.#entries.slice(to - this.#base.index)
    this.#base = { index: to, term: at }
    return true
  }
}

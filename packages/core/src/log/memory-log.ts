// A LogReader in memory that may begin with a snapshot (paper §7), for the simulator, the tests and browsers.
import { invariant } from '../invariant.ts'
import { type Entry, type Index, index, type SnapshotMeta, type Term, term } from '../types.ts'
import type { LogReader } from './reader.ts'

export class MemoryLog implements LogReader {
  #entries: Entry[] = []
  #snapshot: SnapshotMeta | null

  constructor(snapshot: SnapshotMeta | null = null) {
    this.#snapshot = snapshot
  }

  get snapshot(): SnapshotMeta | null {
    return this.#snapshot
  }

  get firstIndex(): Index {
    return index((this.#snapshot?.index ?? 0) + 1)
  }

  get lastIndex(): Index {
    return index(this.firstIndex - 1 + this.#entries.length)
  }

  termAt(at: Index): Term | undefined {
    if (at === this.firstIndex - 1) return this.#snapshot?.term ?? term(0)
    return this.#entries[at - this.firstIndex]?.term
  }

  entries(from: Index, to: Index, maxBytes: number): readonly Entry[] {
    invariant(
      from >= this.firstIndex && to <= this.lastIndex + 1,
      () => `the log has no entries [${from}, ${to})`,
    )
    const start = from - this.firstIndex
    const end = to - this.firstIndex
    let bytes = this.#entries[start]?.data.length ?? 0
    let stop = start + 1
    for (; stop < end; stop++) {
      bytes += this.#entries[stop]!.data.length
      if (bytes > maxBytes) break
    }
    return this.#entries.slice(start, Math.min(stop, end))
  }

  /** Cuts the log off at the first entry's index, then appends, in one write. */
  append(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    const keep = first.index - this.firstIndex
    invariant(keep >= 0 && keep <= this.#entries.length, () => `append at ${first.index} would leave a gap`)
    this.#entries.length = keep
    for (const entry of entries) this.#entries.push(entry)
  }

  /**
   * From now on the snapshot stands for every entry up to its index. The entries after it stay. It must be of
   * this log.
   */
  compact(snapshot: SnapshotMeta): void {
    invariant(
      this.termAt(snapshot.index) === snapshot.term,
      () => `a snapshot of ${snapshot.index} in term ${snapshot.term} is not of this log`,
    )
    this.#entries = this.#entries.slice(snapshot.index + 1 - this.firstIndex)
    this.#snapshot = snapshot
  }

  /** The snapshot replaces everything (§7). */
  restore(snapshot: SnapshotMeta): void {
    this.#entries = []
    this.#snapshot = snapshot
  }
}

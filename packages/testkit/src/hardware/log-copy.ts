// A copy of a log: the place where it starts (the end of a snapshot) and the entries after it.
import { type Entry, type EntryId, type Index, index, type Term, term } from '@oarlock/core'

export class LogCopy {
  #start: EntryId = { index: index(0), term: term(0) }
  #entries: Entry[] = []

  /** Everything up to this entry is compacted. */
  get start(): EntryId {
    return this.#start
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get lastIndex(): Index {
    return index(this.#start.index + this.#entries.length)
  }

  get last(): EntryId {
    return this.#entries.at(-1) ?? this.#start
  }

  at(at: Index | number): Entry | undefined {
    return this.#entries[at - this.#start.index - 1]
  }

  termAt(at: Index | number): Term | undefined {
    return at === this.#start.index ? this.#start.term : this.at(at)?.term
  }

  /** Cuts the log before the first entry's index, then appends. Entries that are compacted are skipped. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const keep = entry.index - this.#start.index - 1
      if (keep < 0) continue
      if (keep < this.#entries.length) this.#entries.length = keep
      this.#entries.push(entry)
    }
  }

  /** Replaces the entry at this index. */
  replace(entry: Entry): void {
    this.#entries[entry.index - this.#start.index - 1] = entry
  }

  /** Removes the entries after this index. */
  cutAfter(at: Index): void {
    this.#entries.length = Math.min(this.#entries.length, Math.max(0, at - this.#start.index))
  }

  /**
   * Starts the log after this entry. What follows stays if the log has the entry, else nothing does (§7,
   * figure 13).
   */
  startAt(place: EntryId): void {
    const holds = this.termAt(place.index) === place.term
    this.#entries = holds ? this.#entries.slice(place.index - this.#start.index) : []
    this.#start = { index: place.index, term: place.term }
  }

  /** Empties the log and starts it after this entry. */
  restore(place: EntryId): void {
    this.#entries = []
    this.#start = { index: place.index, term: place.term }
  }

  copyOf(other: LogCopy): void {
    this.#start = other.#start
    this.#entries = [...other.#entries]
  }
}

// The tail of the log that is not durable yet, and the guard against late confirmations (thesis §10.2.1: the
// leader writes to its disk in parallel with replication). Entries stay in memory until they were handed out
// for applying, so that none is read back from the store on its way from proposal to state machine.
import { invariant } from '../invariant.ts'
import { type Entry, type EntryId, type Index, index } from '../types.ts'

export class Unstable {
  #entries: Entry[] = []
  /** The index of the first entry in memory. */
  #base: Index
  /** Every entry before this one is durable. */
  #offset: Index
  /** Entries before this one are part of a write that was taken. */
  #taken: Index

  constructor(offset: Index) {
    this.#base = offset
    this.#offset = offset
    this.#taken = offset
  }

  get offset(): Index {
    return this.#offset
  }

  get #end(): Index {
    return index(this.#base + this.#entries.length)
  }

  /** Whether the whole log is durable. */
  get isEmpty(): boolean {
    return this.#offset === this.#end
  }

  /** The last entry that is not durable. */
  get last(): Entry | undefined {
    return this.isEmpty ? undefined : this.#entries[this.#entries.length - 1]
  }

  get hasUntaken(): boolean {
    return this.#taken < this.#end
  }

  /** An entry in memory, durable or not. */
  at(at: Index): Entry | undefined {
    return this.#entries[at - this.#base]
  }

  /** Entries from here on are in memory, durable or not. */
  get base(): Index {
    return this.#base
  }

  /** Entries of [from, to), all in memory. */
  slice(from: Index, to: Index): readonly Entry[] {
    return this.#entries.slice(from - this.#base, to - this.#base)
  }

  /** Entries up to here were handed out for applying: the durable ones among them need not be kept. */
  release(upTo: Index): void {
    const keepFrom = index(Math.min(upTo + 1, this.#offset))
    if (keepFrom <= this.#base) return
    this.#entries = this.#entries.slice(keepFrom - this.#base)
    this.#base = keepFrom
  }

  /**
   * Cuts the log off at the first entry's index, then appends. Cut entries may be durable: the store cuts
   * them in the same write.
   */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    invariant(first.index <= this.#end, () => `append at ${first.index} would leave a gap`)
    if (first.index <= this.#base) {
      this.#entries = entries.slice()
      this.#base = first.index
    } else {
      this.#entries.length = first.index - this.#base
      for (const entry of entries) this.#entries.push(entry)
    }
    this.#offset = index(Math.min(this.#offset, first.index))
    this.#taken = index(Math.min(this.#taken, first.index))
  }

  /** Hands out the entries that no write has taken yet. */
  take(): readonly Entry[] {
    const untaken = this.#entries.slice(this.#taken - this.#base)
    this.#taken = this.#end
    return untaken
  }

  /** A snapshot replaces the log, which goes on after it. */
  restart(offset: Index): void {
    this.#entries = []
    this.#base = offset
    this.#offset = offset
    this.#taken = offset
  }

  /**
   * Everything up to `place` is durable. Ignored if another entry stands there now: a confirmation that
   * arrives after the entries were replaced (leader A, B, then A again) must not make the new ones durable.
   */
  stableTo(place: EntryId): void {
    if (place.index < this.#offset || this.at(place.index)?.term !== place.term) return
    this.#offset = index(place.index + 1)
    this.#taken = index(Math.max(this.#taken, this.#offset))
  }
}

// The tail of the log that is not yet durable, and the guard against late confirmations (thesis §10.2.1: the leader
// writes to its disk in parallel with replication).
import { invariant } from '../invariant.ts'
import { type Entry, type EntryId, type Index, index } from '../types.ts'

export class Unstable {
  #entries: Entry[] = []
  /** Index of the first entry here; everything before it is durable. */
  #offset: Index
  /** Entries before this one are part of a write that was taken. */
  #taken: Index

  constructor(offset: Index) {
    this.#offset = offset
    this.#taken = offset
  }

  get offset(): Index {
    return this.#offset
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  get last(): Entry | undefined {
    return this.#entries[this.#entries.length - 1]
  }

  get hasUntaken(): boolean {
    return this.#taken - this.#offset < this.#entries.length
  }

  at(at: Index): Entry | undefined {
    return this.#entries[at - this.#offset]
  }

  slice(from: Index, to: Index): readonly Entry[] {
    return this.#entries.slice(from - this.#offset, to - this.#offset)
  }

  /** Cuts off what is at or after the first entry's index, then appends. Cut entries may be durable: the store cuts them in the same write. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const first = entries[0]
    if (first === undefined) return
    if (first.index <= this.#offset) {
      this.#entries = entries.slice()
      this.#offset = first.index
      this.#taken = first.index
      return
    }
    invariant(
      first.index <= this.#offset + this.#entries.length,
      `append at ${first.index} would leave a gap`,
    )
    this.#entries.length = first.index - this.#offset
    for (const entry of entries) this.#entries.push(entry)
    this.#taken = index(Math.min(this.#taken, first.index))
  }

  /** Hands out what no write has taken yet. */
  take(): readonly Entry[] {
    const untaken = this.#entries.slice(this.#taken - this.#offset)
    this.#taken = index(this.#offset + this.#entries.length)
    return untaken
  }

  /** A snapshot replaces everything: the log goes on after it. */
  restart(offset: Index): void {
    this.#entries = []
    this.#offset = offset
    this.#taken = offset
  }

  /**
   * Everything up to `place` is durable. Ignored unless the entry there is still that one: a confirmation that arrives
   * after the entries were replaced (leader A, B, then A again) must not make the new ones durable.
   */
  stableTo(place: EntryId): void {
    if (this.at(place.index)?.term !== place.term) return
    this.#entries = this.#entries.slice(place.index + 1 - this.#offset)
    this.#offset = index(place.index + 1)
    this.#taken = index(Math.max(this.#taken, this.#offset))
  }
}

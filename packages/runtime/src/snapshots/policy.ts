// When the next snapshot is due: by the bytes or the number of the entries since the last one.
import type { Entry, Index } from '@oarlock/core'

export interface SnapshotPolicy {
  /** A snapshot is taken after so many bytes of entries. */
  readonly everyBytes: number
  /** Or after so many entries. */
  readonly everyEntries: number
  /**
   * So many snapshots are kept, and the log from the oldest of them on. With two a damaged file costs a longer
   * replay, and needs no peer.
   */
  readonly kept: number
}

/** What an entry takes in the log beside its data, about. */
const entryOverhead = 32

export class LogSinceSnapshot {
  readonly #policy: SnapshotPolicy
  #bytes = 0
  #entries = 0
  #last: Index | null = null

  constructor(policy: SnapshotPolicy) {
    this.#policy = policy
  }

  get bytes(): number {
    return this.#bytes
  }

  applied({ index, data }: Entry): void {
    this.#bytes += data.length + entryOverhead
    this.#entries++
    this.#last = index
  }

  get isDue(): boolean {
    const { everyBytes, everyEntries } = this.#policy
    return this.#last !== null && (this.#bytes >= everyBytes || this.#entries >= everyEntries)
  }

  /** A snapshot begins, or could not be taken: the next one is due after as much again. */
  begin(): void {
    this.#bytes = 0
    this.#entries = 0
    this.#last = null
  }
}

// Random writes as a member makes them: entries that follow the log or replace its end, terms, votes,
// commits.
import { index, type Persist, type SnapshotMeta } from '@oarlock/core'
import type { KnownPeer, PeerRecord } from '@oarlock/runtime'
import { bytesOf, entriesFrom, hardStateOf, metaOf, persistOf } from '@oarlock/testkit/conformance'
import { below, pick, type Random } from '../../random.ts'
import { firstIndexOf, lastIndexOf, type State, stateAfter, termIn } from '../log-state.ts'

export interface Style {
  /**
   * Every record has the same size, a fraction of a sector, so that a stale or misplaced sector begins with
   * one.
   */
  readonly uniform: boolean
  /**
   * No record has eight zeros in a row, so that no damage looks like a sector that was never written.
   */
  readonly withoutZeros: boolean
}

export class Workload {
  readonly #style: Style
  readonly #random: Random
  #term = 1
  /** Entries up to this one are committed: no write replaces them. */
  #committed = 0

  constructor(style: Style, random: Random) {
    this.#style = style
    this.#random = random
  }

  /** The next batch for a log in this state. */
  batch(state: State): readonly Persist[] {
    const random = this.#random
    if (random() < 0.2) this.#term++
    if (this.#style.uniform) return [this.#uniform(state)]
    const batch: Persist[] = []
    let now = state
    for (let parts = 1 + below(3, random); parts > 0; parts--) {
      const persist = this.#persist(now)
      batch.push(persist)
      now = stateAfter(now, persist)
    }
    return batch
  }

  /** 64 bytes: header 24, first index and count 12, entry 13 + 7, trailer 8. */
  #uniform(state: State): Persist {
    return persistOf({ entries: entriesFrom(this.#first(state), this.#term, this.#bytes(7)) })
  }

  peers(): PeerRecord {
    const known = (): KnownPeer => ({ incarnation: 'x', start: 1 + below(99, this.#random), token: 'y' })
    const ids = ['b', 'c', '10'].slice(0, below(4, this.#random))
    return { founded: this.#random() < 0.5, peers: new Map(ids.map((id) => [id, known()])) }
  }

  #persist(state: State): Persist {
    const random = this.#random
    const count = random() < 0.3 ? 0 : 1 + below(3, random)
    const data = Array.from({ length: count }, () => this.#data())
    const hardState =
      count > 0 && random() < 0.6
        ? null
        : hardStateOf(this.#term, pick([null, 'a', 'b', 'ß'], random), 1 + below(9, random))
    return persistOf({
      hardState,
      entries: entriesFrom(this.#first(state), this.#term, ...data),
      mustSync: count > 0 || random() < 0.4,
    })
  }

  get committed(): number {
    return this.#committed
  }

  /** The log was opened, perhaps on a new disk. */
  begin(state: State): void {
    this.#committed = Math.min(this.#committed, lastIndexOf(state))
  }

  /** A snapshot of an entry that the log has, which is committed then. Null: it has none. */
  place(state: State): SnapshotMeta | null {
    if (state.entries.length === 0) return null
    const at = index(firstIndexOf(state) + below(state.entries.length, this.#random))
    this.#committed = Math.max(this.#committed, at)
    return metaOf(at, termIn(state, at))
  }

  /** A snapshot from another member, of entries beyond what is committed here. */
  offered(state: State): SnapshotMeta {
    if (this.#random() < 0.3) this.#term++
    const from = Math.max(firstIndexOf(state), this.#committed + 1)
    return metaOf(from + below(10, this.#random), this.#term)
  }

  /** A write in which a snapshot replaces the log. Null if it is not newer than what is committed. */
  installation(snapshot: SnapshotMeta): Persist | null {
    if (snapshot.index <= this.#committed) return null
    this.#committed = snapshot.index
    const count = this.#random() < 0.5 ? 0 : 1 + below(3, this.#random)
    const entries = entriesFrom(
      snapshot.index + 1,
      this.#term,
      ...Array.from({ length: count }, () => this.#data()),
    )
    const hardState = this.#random() < 0.5 ? null : hardStateOf(this.#term, null, snapshot.index)
    return persistOf({ hardState, snapshot, entries })
  }

  /** The bytes of a snapshot. */
  content(): Uint8Array {
    return bytesOf(below(pick([1, 2000, 150_000], this.#random), this.#random), below(1000, this.#random))
  }

  #first(state: State): number {
    const back = this.#random() < 0.2 ? 1 + below(3, this.#random) : 0
    return Math.max(firstIndexOf(state), this.#committed + 1, lastIndexOf(state) + 1 - back)
  }

  #data(): Uint8Array {
    const random = this.#random
    const zeros = !this.#style.withoutZeros && random() < 0.3
    const length = random() < 0.7 ? below(40, random) : below(1400, random)
    if (zeros) return new Uint8Array(length)
    // The length is in the record too, and its low byte must not be zero.
    return this.#bytes(length % 256 === 0 ? length + 1 : length)
  }

  #bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => 1 + below(255, this.#random))
  }
}

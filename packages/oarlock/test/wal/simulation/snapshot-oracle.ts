// The snapshots that a log store may hold when it is opened, as a model: which files, with which bytes, and how
// much of the one that is being received.
import type { PartialSnapshot, SnapshotMeta, SnapshotOffer } from '@oarlock/core'
import type { StoredSnapshot } from '@oarlock/runtime'
import { Violation } from './oracle.ts'

/** A digest, or null: there is none. */
type Digest = string | null

/** The partial snapshot that may be found, with so many bytes at least. */
interface Partial {
  readonly digest: Digest
  readonly least: number
}

interface Expected {
  /** What may be found, by place. Nothing else may be found elsewhere. */
  readonly places: ReadonlyMap<string, readonly Digest[]>
  readonly partials: readonly Partial[]
}

const none: Partial = { digest: null, least: 0 }
const placeOf = ({ index, term }: SnapshotMeta): string => `${index}-${term}`

export class SnapshotOracle {
  #expected: Expected = { places: new Map(), partials: [none] }

  /** What may be found if everything stops now. */
  get expected(): Expected {
    return this.#expected
  }

  /** Goes back to the moment of a crash. */
  backTo(expected: Expected): void {
    this.#expected = expected
  }

  /** A snapshot is being committed. Call the returned function when it is durable. */
  commits(meta: SnapshotMeta, digest: string): () => void {
    const place = placeOf(meta)
    const before = this.#expected.places.get(place) ?? [null]
    this.#mayHold(place, digest)
    const possible = this.#expected.places.get(place)
    return () => {
      // Another one of the same place may have come in between, and either may have been removed since.
      if (before.length === 1 && this.#expected.places.get(place) === possible) this.#holds(place, [digest])
    }
  }

  /** A snapshot is removed. That need not be durable. */
  removes(meta: SnapshotMeta): void {
    this.#mayHold(placeOf(meta), null)
  }

  /** A snapshot begins to be received. Call the returned function when that is durable. */
  starts({ digest }: SnapshotOffer): () => void {
    this.mayForgetPartial()
    this.#partials([...this.#expected.partials, { digest, least: 0 }])
    return () => this.#partials([{ digest, least: 0 }])
  }

  /** So many bytes of it are acknowledged. */
  received({ digest }: SnapshotOffer, least: number): void {
    this.#partials([{ digest, least }])
  }

  /** The partial snapshot is given up, or complete. */
  mayForgetPartial(): void {
    this.#partials([...this.#expected.partials, none])
  }

  /** Bytes of it may be lost, as the disk does not read them. */
  mayLosePartial(): void {
    const { partials } = this.#expected
    this.#partials([...partials, none, ...partials.map(({ digest }) => ({ digest, least: 0 }))])
  }

  forgetsPartial(): void {
    this.#partials([none])
  }

  /** The store was opened with these, which are durable. Throws {@link Violation}. */
  found(stored: readonly StoredSnapshot[], partial: PartialSnapshot | null): void {
    const { places, partials } = this.#expected
    const digests = new Map(stored.map(({ meta, digest }) => [placeOf(meta), digest]))
    for (const place of new Set([...places.keys(), ...digests.keys()])) {
      const digest = digests.get(place) ?? null
      const possible = places.get(place) ?? [null]
      if (!possible.includes(digest))
        throw new Violation(
          'SNAP',
          `at ${place} the snapshot is ${digest}; it may be ${possible.join(', or ')}`,
        )
      this.#holds(place, [digest])
    }
    const digest = partial?.offer.digest ?? null
    const received = partial?.received ?? 0
    if (!partials.some((possible) => possible.digest === digest && possible.least <= received))
      throw new Violation('PART', `${received} bytes of ${digest}; it may be ${JSON.stringify(partials)}`)
    this.#partials([{ digest, least: received }])
  }

  #mayHold(place: string, digest: Digest): void {
    this.#holds(place, [...(this.#expected.places.get(place) ?? [null]), digest])
  }

  #holds(place: string, digests: readonly Digest[]): void {
    this.#expected = { ...this.#expected, places: new Map([...this.#expected.places, [place, digests]]) }
  }

  #partials(partials: readonly Partial[]): void {
    this.#expected = { ...this.#expected, partials }
  }
}

// One queue at one revision: its places, in the order in which they were entered.
import type { Revision } from '@oarlock/store'

/** A key under the queue's prefix. */
export interface Place {
  readonly key: string
  readonly value: string
  /** The revision that created the key. It orders the queue, and is the fence of the place. */
  readonly created: Revision
}

export class QueueView {
  /** In the order of `created`: the store's revisions grow, so that a new key is the last. */
  readonly #places: Map<string, Place> = new Map()
  /** The state is that of this revision of the store, or of one after it that has changed nothing here. */
  revision: Revision

  /** `places`: in the order of `created`. */
  constructor(revision: Revision, places: Iterable<Place>) {
    this.revision = revision
    for (const place of places) this.#places.set(place.key, place)
  }

  get places(): readonly Place[] {
    return [...this.#places.values()]
  }

  /** Those before this one, in order. */
  before(key: string): readonly Place[] {
    const before: Place[] = []
    for (const place of this.#places.values()) {
      if (place.key === key) break
      before.push(place)
    }
    return before
  }

  has({ key, created }: Pick<Place, 'key' | 'created'>): boolean {
    return this.#places.get(key)?.created === created
  }

  put(place: Place): void {
    if (this.#places.get(place.key)?.created !== place.created) this.#places.delete(place.key)
    this.#places.set(place.key, place)
  }

  delete(key: string): void {
    this.#places.delete(key)
  }
}

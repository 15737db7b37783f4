// The watches that wait, by what they are for. A change looks at those that it concerns, at their number of different
// prefix lengths, and at all that are neither for one key nor for a prefix.
import { afterPrefix, compareBytes } from './bytes.ts'
import { isOneKey, type KeyRange } from './sorted-map.ts'

interface Ranged {
  readonly range: KeyRange
}

export class WatchIndex<Watch extends Ranged> {
  readonly #ofKeys: Map<string, Set<Watch>> = new Map()
  readonly #ofPrefixes: Map<string, Set<Watch>> = new Map()
  /** How many prefixes have this length. */
  readonly #lengths: Map<number, number> = new Map()
  readonly #others: Set<Watch> = new Set()

  get size(): number {
    let size = this.#others.size
    for (const watches of this.#ofKeys.values()) size += watches.size
    for (const watches of this.#ofPrefixes.values()) size += watches.size
    return size
  }

  get all(): readonly Watch[] {
    const sets = [...this.#ofKeys.values(), ...this.#ofPrefixes.values(), this.#others]
    return sets.flatMap((watches) => [...watches])
  }

  add(watch: Watch): void {
    const { range } = watch
    if (isOneKey(range)) return void addTo(this.#ofKeys, nameOf(range.from), watch)
    if (!isPrefix(range)) return void this.#others.add(watch)
    if (addTo(this.#ofPrefixes, nameOf(range.from), watch)) this.#countLength(range.from.length, 1)
  }

  remove(watch: Watch): void {
    const { range } = watch
    if (isOneKey(range)) return void removeFrom(this.#ofKeys, nameOf(range.from), watch)
    if (!isPrefix(range)) return void this.#others.delete(watch)
    if (removeFrom(this.#ofPrefixes, nameOf(range.from), watch)) this.#countLength(range.from.length, -1)
  }

  /** Those whose ranges have the key, at this moment. */
  of(key: Uint8Array): readonly Watch[] {
    const found: Watch[] = []
    if (this.#ofKeys.size > 0 || this.#ofPrefixes.size > 0) {
      const name = nameOf(key)
      found.push(...(this.#ofKeys.get(name) ?? []))
      for (const length of this.#lengths.keys())
        if (length <= name.length) found.push(...(this.#ofPrefixes.get(name.slice(0, length)) ?? []))
    }
    for (const watch of this.#others) if (isIn(watch.range, key)) found.push(watch)
    return found
  }

  #countLength(length: number, by: 1 | -1): void {
    const count = (this.#lengths.get(length) ?? 0) + by
    if (count === 0) this.#lengths.delete(length)
    else this.#lengths.set(length, count)
  }
}

/** Returns whether the name is new. */
function addTo<Watch>(map: Map<string, Set<Watch>>, name: string, watch: Watch): boolean {
  const watches = map.get(name)
  if (watches === undefined) map.set(name, new Set([watch]))
  else watches.add(watch)
  return watches === undefined
}

/** Returns whether nothing is left of the name. */
function removeFrom<Watch>(map: Map<string, Set<Watch>>, name: string, watch: Watch): boolean {
  const watches = map.get(name)
  return watches?.delete(watch) === true && watches.size === 0 && map.delete(name)
}

function isPrefix({ from, before }: KeyRange): boolean {
  const after = afterPrefix(from)
  return after === null || before === null ? after === before : compareBytes(after, before) === 0
}

export const isIn = ({ from, before }: KeyRange, key: Uint8Array): boolean =>
  compareBytes(key, from) >= 0 && (before === null || compareBytes(key, before) < 0)

/** A key as the key of a map. */
const nameOf = (key: Uint8Array): string => String.fromCharCode(...key)

// The versions of one key, since the last compaction.
import type { KeyValue, Revision } from './requests.ts'

/** One version of a key. It is never changed. */
export interface Version extends Omit<KeyValue, 'value'> {
  /** Null: the key was deleted. */
  readonly value: Uint8Array | null
  /** Its place among the changes of its revision, from 0. */
  readonly order: number
}

export type LiveVersion = Version & KeyValue

export const isLive = (version: Version | undefined): version is LiveVersion =>
  version !== undefined && version.value !== null

/**
 * What a version needs in memory beside its bytes: its numbers, the arrays that have its key and value, and its place
 * among the changes. Measured, as the next one: bench/store/memory.ts.
 */
const versionOverhead = 450
/** What a key needs beside its versions, in bytes: its array, its history and its place in the map. */
export const keyOverhead = 350

/** The memory that a version needs, in bytes, about. */
export const sizeOf = ({
  key,
  value,
}: {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}): number => key.length + (value?.length ?? 0) + versionOverhead

export class KeyHistory {
  /** Oldest first. Later histories of the same key may share it, and may have added to it. */
  readonly #versions: Version[]
  readonly #length: number

  /** `versions`: oldest first, and at least one. */
  constructor(versions: Version[], length: number = versions.length) {
    this.#versions = versions
    this.#length = length
  }

  get newest(): Version {
    return this.#versions[this.#length - 1]!
  }

  get length(): number {
    return this.#length
  }

  /** This one, with one more version. */
  with(version: Version): KeyHistory {
    const isLast = this.#versions.length === this.#length
    const versions = isLast ? this.#versions : this.#versions.slice(0, this.#length)
    versions.push(version)
    return new KeyHistory(versions)
  }

  /** The version that was there at this revision, or undefined if there was none yet. */
  at(revision: Revision): Version | undefined {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#versions[middle]!.modRevision <= revision) low = middle + 1
      else high = middle
    }
    return this.#versions[low - 1]
  }

  /** Without the versions that were replaced by this revision. Null: nothing is left, as the key was deleted. */
  compacted(revision: Revision): KeyHistory | null {
    const kept = this.at(revision)
    if (kept === undefined) return this
    const from = this.#versions.indexOf(kept) + (kept.value === null ? 1 : 0)
    if (from === this.#length) return null
    return from === 0 ? this : new KeyHistory(this.#versions.slice(from, this.#length))
  }

  *[Symbol.iterator](): Generator<Version> {
    for (let at = 0; at < this.#length; at++) yield this.#versions[at]!
  }
}

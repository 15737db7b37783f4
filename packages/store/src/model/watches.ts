// Who wants to know of changes. A watch has no queue: it knows the next revision that it wants, and reads what changed
// from there when its consumer asks. So one that is never asked costs nothing, and one that is too slow finds that
// what it wants next was compacted away.
import { isLive, type Version } from './key-history.ts'
import type { KeySpace } from './key-space.ts'
import { type Failure, itemOf, type KeyValue, type Revision } from './requests.ts'
import type { KeyRange } from './sorted-map.ts'
import { isIn, WatchIndex } from './watch-index.ts'

export interface WatchRequest {
  readonly range: KeyRange
  /** The first revision of which it wants the changes. Default: the next one. */
  readonly from?: Revision
  /** With what each change has replaced, unless that was compacted away. */
  readonly previous?: boolean
  /** Only these. Default: both. */
  readonly only?: 'put' | 'delete'
}

export interface WatchEvent {
  readonly type: 'put' | 'delete'
  /** Of a deletion: the key and the revision. */
  readonly item: KeyValue
  /** Null: nothing was there, or it was not asked for. */
  readonly previous: KeyValue | null
}

/** All that one revision has changed in the range, in order. */
export interface WatchBatch {
  readonly revision: Revision
  readonly events: readonly WatchEvent[]
}

/** Of values, in what one call takes. */
const bytesAtOnce: number = 4 * 1024 * 1024

/** Events, or why there are none any more. Null: nothing has changed yet. */
export type Taken = readonly WatchBatch[] | { readonly failure: Failure } | null

export interface Watch {
  /** All changes up to here have been taken. */
  readonly seen: Revision
  /**
   * What has changed since the last call: at least one batch, if there is any, and about `most` events. Less, if their
   * values are long.
   */
  take(most: number): Taken
  close(): void
}

export class Watches {
  readonly #keys: KeySpace
  readonly #waiting: WatchIndex<WaitingWatch> = new WatchIndex<WaitingWatch>()

  constructor(keys: KeySpace) {
    this.#keys = keys
  }

  /** `wake` is called when there is something to take, after `take` has said that there is nothing. */
  open({ from, ...request }: WatchRequest, wake: () => void): Watch {
    const first = from === undefined || from === 0 ? this.#keys.revision + 1 : from
    return new WaitingWatch(this.#keys, request, first, wake, this.#waiting)
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** These were changed, in one revision. */
  changed(changes: readonly Version[]): void {
    for (const { key, value } of changes) for (const watch of this.#waiting.of(key)) watch.changed(key, value)
  }

  /** `replace` replaces the state by another one, and nobody will say what changed in between. */
  whileReplaced(replace: () => void): void {
    const { all } = this.#waiting
    for (const watch of all) watch.interrupt()
    replace()
    for (const watch of all) watch.wake()
  }
}

class WaitingWatch implements Watch {
  readonly range: KeyRange
  readonly #keys: KeySpace
  readonly #request: Omit<WatchRequest, 'from'>
  readonly wake: () => void
  readonly #index: WatchIndex<WaitingWatch>
  #next: Revision
  /** Nothing that it wants has changed since it began to wait. */
  #isWaiting = false

  constructor(
    keys: KeySpace,
    request: Omit<WatchRequest, 'from'>,
    next: Revision,
    wake: () => void,
    index: WatchIndex<WaitingWatch>,
  ) {
    this.range = request.range
    this.#keys = keys
    this.#request = request
    this.#next = next
    this.wake = wake
    this.#index = index
  }

  get seen(): Revision {
    return Math.max(this.#next - 1, this.#isWaiting ? this.#keys.revision : 0)
  }

  take(most: number): Taken {
    // What changed while it waited is none of its business.
    this.#next = this.seen + 1
    this.#stopWaiting()
    const { compacted, revision } = this.#keys
    if (this.#next <= compacted) return { failure: { reason: 'compacted', compacted } }
    const batches: WatchBatch[] = []
    let count = 0
    let bytes = 0
    while (this.#next <= revision && count < most && bytes < bytesAtOnce) {
      const events = this.#keys.changesAt(this.#next).flatMap((version) => this.#eventOf(version))
      if (events.length > 0) batches.push({ revision: this.#next, events })
      count += events.length
      for (const { item, previous } of events) bytes += item.value.length + (previous?.value.length ?? 0)
      this.#next++
    }
    if (batches.length > 0) return batches
    this.#isWaiting = true
    this.#index.add(this)
    return null
  }

  changed(key: Uint8Array, value: Uint8Array | null): void {
    const { revision } = this.#keys
    if (!this.#isWaiting || revision < this.#next || !this.#concerns(key, value)) return
    this.#next = revision
    this.#stopWaiting()
    this.wake()
  }

  /** It will look again. */
  interrupt(): void {
    this.#next = this.seen + 1
    this.#stopWaiting()
  }

  close(): void {
    // What it has seen stays known.
    this.interrupt()
  }

  #stopWaiting(): void {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    this.#index.remove(this)
  }

  #concerns(key: Uint8Array, value: Uint8Array | null): boolean {
    const { range, only } = this.#request
    if (only !== undefined && (only === 'delete') !== (value === null)) return false
    return isIn(range, key)
  }

  #eventOf(version: Version): WatchEvent[] {
    if (!this.#concerns(version.key, version.value)) return []
    const before = this.#request.previous === true ? this.#keys.before(version) : undefined
    const previous = before === undefined ? null : itemOf(before)
    if (isLive(version)) return [{ type: 'put', item: itemOf(version), previous }]
    return [{ type: 'delete', item: itemOf({ ...version, value: nothing }), previous }]
  }
}

const nothing = new Uint8Array(0)

// A place in a queue: a key that lives as long as a lease. Who has the oldest place of its queue holds what the queue
// is for: a lock, or the leadership of an election. A place is first for as long as it is there: later ones are behind
// it. (Of a semaphore the first few hold it, and of a lock for reading those before whom nobody writes: also that stays
// so, as the places before one only become fewer.) So nobody who waits asks the store again and again, and when a place goes, the store is asked nothing (a herd).
//
// It has callbacks instead of promises, so that a simulator can drive it.
import type { Millis } from '@oarlock/core'
import type { Clock, Completion } from '@oarlock/runtime'
import { type HeldLease, type LeaseId, type Revision, StoreRefusedError } from '@oarlock/store'
import type { Place, QueueView } from './queue-view.ts'

export interface Entered {
  /** The revision that created the key. */
  readonly created: Revision
  /** Nobody was there before. */
  readonly isFirst: boolean
}

/** What a place needs of the store. */
export interface QueueRequests {
  /**
   * Puts the key with this lease, unless it is there. It may be repeated. Null: the queue is not empty, and
   * `onlyIfFree`.
   */
  enter(place: NewPlace, completion: Completion<Entered | null>): void
  /** Deletes the key if that revision created it. */
  leave(place: { readonly key: string; readonly created: Revision }, completion: Completion<void>): void
  /**
   * Calls back with each state of the queue from now on, in order, and with the one that there is. Call the returned
   * function to end that.
   */
  follow(queue: string, changed: (view: QueueView) => void): () => void
}

export interface NewPlace {
  readonly queue: string
  readonly key: string
  readonly value: string
  readonly lease: LeaseId
  readonly onlyIfFree: boolean
}

export interface QueuePlaceInit {
  readonly queue: string
  /** Nobody has used it before. */
  readonly key: string
  readonly value: string
  readonly lease: Pick<HeldLease, 'id' | 'held' | 'signal'>
  readonly requests: QueueRequests
  readonly clock: Clock
  /** When a request that has failed is made again, in ms. */
  readonly retryAfter: Millis
  /** Whether it notices that somebody deletes its key while it is first. */
  readonly isWatched: boolean
  /** It enters only if nobody is there. */
  readonly onlyIfFree?: boolean
  /** Whether it counts as first behind these. It must if there are none, and stay so when some of them go. Default: not. */
  readonly mayShare?: (before: readonly Place[]) => boolean
  /** It is left at once if it is not first. */
  readonly onlyNow?: boolean
  /** It is the first now. */
  readonly first: (created: Revision) => void
  /**
   * It is over without {@link QueuePlace.leave}: its lease has ended, or somebody has deleted its key. The error of the
   * store, if that has refused it. `onlyIfFree`, `onlyNow`: or somebody was there.
   */
  readonly lost: (refusal?: StoreRefusedError) => void
}

const alone = (before: readonly Place[]): boolean => before.length === 0

export class QueuePlace {
  readonly #init: QueuePlaceInit
  readonly #onLeaseEnded = (): void => this.#lose()
  #created: Revision | null = null
  #isFirst = false
  #isOver = false
  #unfollow: (() => void) | null = null
  #cancelTimer: (() => void) | null = null
  #onLeft: (() => void) | null = null

  constructor(init: QueuePlaceInit) {
    this.#init = init
  }

  get key(): string {
    return this.#init.key
  }

  /** Null: it is not known to be there. */
  get created(): Revision | null {
    return this.#created
  }

  /** Whether it certainly has the oldest place, at this moment. */
  get isFirst(): boolean {
    return this.#isFirst && !this.#isOver && this.#init.lease.held
  }

  enter(): void {
    const { lease } = this.#init
    if (lease.signal.aborted) return this.#lose()
    lease.signal.addEventListener('abort', this.#onLeaseEnded, { once: true })
    this.#ask()
  }

  /** Gives the place up. `left`: when nobody has to wait for it any more. */
  leave(left: () => void = () => {}): void {
    this.#onLeft = left
    const wasThere = this.#created !== null
    if (!this.#end()) return left()
    // Else the answer of the request under way says whether it is there.
    if (wasThere) this.#giveBack()
  }

  #ask(): void {
    const { queue, key, value, lease, requests, isWatched, onlyIfFree = false } = this.#init
    requests.enter(
      { queue, key, value, lease: lease.id, onlyIfFree },
      {
        resolve: (entered) => {
          if (entered === null) return this.#gone()
          const { created, isFirst } = entered
          this.#created = created
          if (this.#isOver) return this.#giveBack()
          if (isFirst) this.#become()
          if (!isFirst || isWatched) this.#follow()
        },
        // The key may be there nevertheless: what became of it must be known before it can be left.
        reject: (error) => {
          if (error instanceof StoreRefusedError) return this.#gone(error)
          this.#later(() => this.#ask())
        },
      },
    )
  }

  #follow(): void {
    if (this.#isOver) return
    const { queue, key, requests, isWatched, mayShare = alone, onlyNow = false } = this.#init
    const created = this.#created!
    this.#unfollow = requests.follow(queue, (view) => {
      // A state from before it was entered says nothing.
      if (this.#isOver || view.revision < created) return
      if (!view.has({ key, created })) return this.#lose()
      if (this.#isFirst) return
      if (!mayShare(view.before(key))) {
        if (!onlyNow) return
        this.leave()
        return this.#init.lost()
      }
      this.#become()
      if (!isWatched) this.#stopFollowing()
    })
    if (this.#isOver || (this.#isFirst && !isWatched)) this.#stopFollowing()
  }

  #become(): void {
    // What the store said may be older than the end of the lease.
    if (this.#isFirst || !this.#init.lease.held) return
    this.#isFirst = true
    this.#init.first(this.#created!)
  }

  #lose(): void {
    if (this.#end()) this.#init.lost()
    else this.#gone()
  }

  /** False: it was over already. */
  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#stopFollowing()
    if (this.#created !== null) this.#stopTimer()
    return true
  }

  #giveBack(): void {
    const { key, requests } = this.#init
    requests.leave(
      { key, created: this.#created! },
      { resolve: () => this.#gone(), reject: () => this.#later(() => this.#giveBack()) },
    )
  }

  #later(then: () => void): void {
    const { clock, lease, retryAfter } = this.#init
    if (!lease.held) return this.#lose()
    this.#cancelTimer = clock.at(clock.now() + retryAfter, () => {
      this.#cancelTimer = null
      if (lease.held) then()
      else this.#lose()
    })
  }

  /** Nobody has to wait for it any more. */
  #gone(refusal?: StoreRefusedError): void {
    this.#stopTimer()
    this.#init.lease.signal.removeEventListener('abort', this.#onLeaseEnded)
    const left = this.#onLeft
    this.#onLeft = null
    if (!this.#isOver) {
      this.#isOver = true
      this.#stopFollowing()
      this.#init.lost(refusal)
    }
    left?.()
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  #stopFollowing(): void {
    this.#unfollow?.()
    this.#unfollow = null
  }
}

// A lock as a queue of places in the store: the oldest one has it.
import type { Millis } from '@oarlock/core'
import { type AbortOptions, checkAbortOptions, InvalidOptionsError, shown } from '@oarlock/runtime'
import type { Condition, Lease } from '@oarlock/store'
import { type Environment, mayPass, pause, retryAfter, until } from '../environment.ts'
import { LockLostError } from '../errors.ts'
import { type Place, QueuePlace, type QueueRequests } from '../queue/index.ts'
import type { SharedLease } from '../shared-lease.ts'
import type { HeldLock, Lock } from './lock.ts'

export interface QueueLockInit extends Pick<Environment, 'clock' | 'newController' | 'id'> {
  readonly name: string
  readonly queue: string
  readonly lease: SharedLease
  readonly requests: QueueRequests
  /** A key of the queue that nobody has used before. */
  readonly newKey: (lease: Lease) => string
  /** Of the place, beside who has it. */
  readonly value?: object
  /** See QueuePlaceInit. Default: nobody shares it. */
  readonly mayShare?: (before: readonly Place[]) => boolean
}

export class QueueLock implements Lock {
  readonly name: string
  readonly #init: QueueLockInit

  constructor(init: QueueLockInit) {
    this.#init = init
    this.name = init.name
  }

  async acquire(options: AbortOptions = {}): Promise<HeldLock> {
    checkAbortOptions('acquire', options)
    const { signal } = options
    for (;;) {
      const lease = await this.#leaseAtLast(signal)
      const held = await this.#enter(lease, signal)
      if (held !== null) return held
    }
  }

  async tryAcquire(options: AbortOptions = {}): Promise<HeldLock | null> {
    checkAbortOptions('tryAcquire', options)
    const { signal } = options
    for (;;) {
      const lease = await until(this.#init.lease.get(), signal)
      const held = await this.#enter(lease, signal, true)
      if (held !== null || lease.held) return held
    }
  }

  async using<T>(task: (lock: HeldLock) => Promise<T>, options: AbortOptions = {}): Promise<T> {
    if (typeof task !== 'function')
      throw new InvalidOptionsError(
        `using: the task must be a function (lock) => Promise, got ${shown(task)}`,
      )
    const held = await this.acquire(options)
    try {
      return await task(options.signal === undefined ? held : withSignal(held, options.signal))
    } finally {
      await held.release()
    }
  }

  /** Waits as long as no leader is known, and the like. */
  async #leaseAtLast(signal: AbortSignal | undefined): Promise<Lease> {
    for (;;) {
      signal?.throwIfAborted()
      try {
        return await until(this.#init.lease.get(), signal)
      } catch (error) {
        if (signal?.aborted || !mayPass(error)) throw error
        await pause(this.#init.clock, retryAfter, signal)
      }
    }
  }

  /** Null: the lease has ended meanwhile. `onlyNow`: or it is not free. */
  #enter(lease: Lease, signal: AbortSignal | undefined, onlyNow = false): Promise<HeldLock | null> {
    const { queue, id, requests, clock, newController, newKey, value = {}, mayShare } = this.#init
    const { promise, resolve, reject } = Promise.withResolvers<HeldLock | null>()
    let lock: PlaceLock | null = null
    const place = new QueuePlace({
      queue,
      key: newKey(lease),
      value: JSON.stringify({ id, ...value }),
      lease,
      requests,
      clock,
      retryAfter,
      isWatched: false,
      ...(mayShare === undefined ? { onlyIfFree: onlyNow } : { mayShare, onlyNow }),
      first: (created) => {
        signal?.removeEventListener('abort', onAbort)
        lock = new PlaceLock(this.name, created, place, lease, newController())
        resolve(lock)
      },
      lost: (refusal) => {
        signal?.removeEventListener('abort', onAbort)
        if (lock !== null) lock.lost()
        else if (refusal === undefined) resolve(null)
        else reject(refusal)
      },
    })
    const onAbort = (): void => {
      place.leave()
      reject(signal!.reason)
    }
    if (signal?.aborted) reject(signal.reason)
    else {
      signal?.addEventListener('abort', onAbort, { once: true })
      place.enter()
    }
    return promise
  }
}

class PlaceLock implements HeldLock {
  readonly fence: number
  readonly #name: string
  readonly #place: QueuePlace
  readonly #lease: Lease
  readonly #controller: AbortController
  #releasing: Promise<void> | null = null

  constructor(name: string, fence: number, place: QueuePlace, lease: Lease, controller: AbortController) {
    this.#name = name
    this.fence = fence
    this.#place = place
    this.#lease = lease
    this.#controller = controller
  }

  get condition(): Condition {
    return [this.#place.key, 'create', '=', this.fence]
  }

  get held(): boolean {
    return this.#place.isFirst
  }

  get deadline(): Millis {
    return this.#lease.deadline
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  assertHeld(): void {
    if (!this.held) throw this.#lostError()
  }

  lost(): void {
    this.#controller.abort(this.#lostError())
  }

  release(): Promise<void> {
    this.#releasing ??= new Promise((resolve) => {
      this.#place.leave(resolve)
      this.#controller.abort(this.#lostError())
    })
    return this.#releasing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  #lostError(): LockLostError {
    return new LockLostError(
      `the lock '${this.#name}' with fence ${this.fence} is held no more: start no more work under it`,
    )
  }
}

/** The same lock, with a signal that the caller's signal aborts, too. */
function withSignal(lock: HeldLock, signal: AbortSignal): HeldLock {
  const either = AbortSignal.any([lock.signal, signal])
  return {
    fence: lock.fence,
    condition: lock.condition,
    signal: either,
    get held() {
      return lock.held
    },
    get deadline() {
      return lock.deadline
    },
    assertHeld: () => lock.assertHeld(),
    release: () => lock.release(),
    [Symbol.asyncDispose]: () => lock.release(),
  }
}

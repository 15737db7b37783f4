// A lock: one holder at a time, in the order in which they asked.
import type { Millis } from '@oarlock/core'
import type { AbortOptions, Fence } from '@oarlock/runtime'
import type { Condition } from '@oarlock/store'

/** A lock that this process holds. */
export interface HeldLock extends AsyncDisposable {
  /**
   * Greater than that of every earlier holder, and never given out again. Check it where the side effect lands: a holder
   * may be paused between the check of `held` and the effect.
   */
  readonly fence: Fence
  /**
   * Holds in the store exactly as long as nobody else can hold it. With it in a transaction, the store refuses what
   * comes too late: `kv.transaction().when(...lock.condition).then(…)`.
   */
  readonly condition: Condition
  /** Whether it is certainly held, as `Lease.held`. Once false, false for ever. */
  readonly held: boolean
  /** When it ends unless its lease is renewed, by the monotonic clock (`performance.now()` of this process). */
  readonly deadline: Millis
  /** Aborts with LockLostError when it is held no more. */
  readonly signal: AbortSignal
  /** Throws LockLostError unless `held`. */
  assertHeld(): void
  /**
   * Lets the next one have it. It is over here at once. Resolves when the store knows that; if it cannot be reached, that
   * is tried again until the lease has ended.
   */
  release(): Promise<void>
}

export interface Lock {
  readonly name: string
  /**
   * Waits for its turn. Whoever waits and loses the lease meanwhile queues again, at the end. Rejects with the signal's
   * reason, with StoreRefusedError, or with MemberClosedError.
   */
  acquire(options?: AbortOptions): Promise<HeldLock>
  /** Null: somebody has it, or waits for it. Errors: those of `acquire`, and those of a transaction of the store. */
  tryAcquire(options?: AbortOptions): Promise<HeldLock | null>
  /**
   * Runs `task` while it holds the lock, and releases it then. The task must end when the lock's `signal` aborts, which
   * this call's `signal` aborts, too.
   */
  using<T>(task: (lock: HeldLock) => Promise<T>, options?: AbortOptions): Promise<T>
}

/** Several may hold it for reading, or one for writing. Who waits to write is passed by nobody. */
export interface ReadWriteLock {
  readonly name: string
  readonly read: Lock
  readonly write: Lock
}

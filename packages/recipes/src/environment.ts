// What all recipes of one process share.
import type { Millis, NodeId } from '@oarlock/core'
import {
  type Clock,
  type EventLogger,
  happensBefore,
  InvalidOptionsError,
  isOarlockError,
  MemberClosedError,
  type TaskContext,
} from '@oarlock/runtime'
import { type Store, StoreRefusedError } from '@oarlock/store'

export interface Environment {
  readonly kv: Store
  readonly clock: Clock
  readonly newController: () => AbortController
  /** The name that others see when this process leads or holds something. */
  readonly id: NodeId
  readonly logger: EventLogger
  readonly newTaskContext: () => TaskContext
  /**
   * How long `close` waits until the store knows that this process has left, in ms. Else it is known when the leases have
   * ended.
   */
  readonly leaveWithin: Millis
}

/** When something that has failed is tried again, in ms. */
export const retryAfter: Millis = 500

/** Whether another attempt may succeed, although nobody changes anything. */
export const mayPass = (error: unknown): boolean =>
  isOarlockError(error) &&
  !(error instanceof StoreRefusedError) &&
  !(error instanceof InvalidOptionsError) &&
  !(error instanceof MemberClosedError)

/** Resolves after this time. Rejects with the signal's reason. */
export async function pause(clock: Clock, time: Millis, signal: AbortSignal | undefined): Promise<void> {
  await happensBefore(clock, clock.now() + time, () => () => {}, signal)
  signal?.throwIfAborted()
}

/** As the promise, but rejects with the signal's reason once that aborts. */
export function until<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    const settled = (): void => signal.removeEventListener('abort', onAbort)
    promise.then(
      (value) => {
        settled()
        resolve(value)
      },
      (error: unknown) => {
        settled()
        reject(error)
      },
    )
  })
}

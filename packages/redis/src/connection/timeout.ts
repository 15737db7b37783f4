// Waiting for a promise for a limited time.
import type { Millis } from '@oarlock/core'

/** The longest that closing waits for Redis to answer. */
export const closeTimeout: Millis = 100

/** Whether `promise` is fulfilled before the timeout. Leaves no timer behind. */
export async function fulfilledWithin(timeout: Millis, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, timeout, false)
  })
  const fulfilled = promise.then(
    () => true,
    () => false,
  )
  try {
    return await Promise.race([fulfilled, late])
  } finally {
    clearTimeout(timer)
  }
}

// To wait, but not for ever.
import type { Millis } from '@oarlock/core'

/** How long closing waits for Redis, which may not answer any more. */
export const linger: Millis = 100

/** Whether `promise` was fulfilled within that time. Leaves no timer behind. */
export async function within(limit: Millis, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, limit, false)
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

// Waits for an event, with a deadline.
import type { Millis } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'

/**
 * Resolves with true when `subscribe` calls back (which it may do at once), or with false at `until` or when
 * the signal aborts. `subscribe` returns the function that cancels it.
 */
export function happensBefore(
  clock: Clock,
  until: Millis,
  subscribe: (happened: () => void) => () => void,
  signal?: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    let over = false
    const cancellations: (() => void)[] = []
    const end = (happened: boolean) => {
      over = true
      for (const cancel of cancellations) cancel()
      resolve(happened)
    }
    const onAbort = () => end(false)
    const enlist = (start: () => () => void) => {
      if (!over) cancellations.push(start())
      if (over) for (const cancel of cancellations) cancel()
    }
    enlist(() => subscribe(() => end(true)))
    enlist(() => clock.at(until, () => end(false)))
    enlist(() => {
      if (signal?.aborted) end(false)
      else signal?.addEventListener('abort', onAbort)
      return () => signal?.removeEventListener('abort', onAbort)
    })
  })
}

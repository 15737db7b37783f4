import type { Millis } from '@oarlock/core'

/** A monotonic clock and its timers. */
export interface Clock {
  now(): Millis
  /** Calls back once, at `at` or later, never before. Call the returned function to cancel. */
  at(at: Millis, callback: () => void): () => void
}

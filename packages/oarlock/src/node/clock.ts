// The process's monotonic clock and its timers, as a member uses them.

import type { Millis } from '@oarlock/core'
import type { Clock } from '@oarlock/runtime'

/** setTimeout takes no longer wait than this. */
const longestTimeout = 2 ** 31 - 1

/** `performance.now()` of this process: it never goes back, and a step of the wall clock does not move it. */
export const processClock: Clock = {
  now: () => performance.now(),
  at(at: Millis, callback: () => void): () => void {
    const wait = () => Math.min(Math.max(Math.ceil(at - performance.now()), 1), longestTimeout)
    // A timer of Node's may fire up to a millisecond early: it then waits once more.
    const fire = () => {
      if (performance.now() < at) timer = setTimeout(fire, wait())
      else callback()
    }
    let timer = setTimeout(fire, wait())
    return () => clearTimeout(timer)
  },
}

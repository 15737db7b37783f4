// The monotonic clock and the timers of this process, as the runtime's port.
import type { Millis } from '@oarlock/core'
import type { Clock } from '@oarlock/runtime'

/** The longest delay that setTimeout takes. */
const longestTimeout = 2 ** 31 - 1

/** `performance.now()` of this process. It never goes back, and changes of the wall clock do not move it. */
export const processClock: Clock = {
  now: () => performance.now(),
  at(at: Millis, callback: () => void): () => void {
    const wait = () => Math.min(Math.max(Math.ceil(at - performance.now()), 1), longestTimeout)
    // Node may fire a timer up to a millisecond early. Then wait again.
    const fire = () => {
      if (performance.now() < at) timer = setTimeout(fire, wait())
      else callback()
    }
    let timer = setTimeout(fire, wait())
    return () => clearTimeout(timer)
  },
}

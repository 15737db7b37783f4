// The clock and the event loop that the driver needs, on any platform.
import type { Clock, EventLoop } from '@oarlock/runtime'
import type { Platform } from './platform.ts'

export const clockOf = (platform: Platform): Clock => ({
  now: () => platform.now(),
  at(at, callback) {
    // A platform's timer may fire a little early. Whole milliseconds keep it from doing so again and again.
    const wait = (): (() => void) => platform.setTimer(fire, Math.max(0, Math.ceil(at - platform.now())))
    const fire = (): void => {
      if (platform.now() < at) cancel = wait()
      else callback()
    }
    let cancel = wait()
    return () => cancel()
  },
})

/** A turn ends with a microtask. A timer of no length lets the pipe deliver first. */
export const eventLoopOf = (platform: Platform): EventLoop => ({
  endOfTurn: (callback) => void Promise.resolve().then(callback),
  afterInput: (callback) => void platform.setTimer(callback, 0),
})

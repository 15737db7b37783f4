// The real clock, with a way to skip time, so that a test need not wait for the first election, for example.
import { type Clock, processClock } from 'oarlock'

interface Timer {
  readonly at: number
  readonly callback: () => void
  cancel: () => void
}

export class HurriedClock implements Clock {
  #ahead = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return processClock.now() + this.#ahead
  }

  at(at: number, callback: () => void): () => void {
    const timer: Timer = { at, callback, cancel: () => {} }
    this.#timers.add(timer)
    this.#arm(timer)
    return () => {
      timer.cancel()
      this.#timers.delete(timer)
    }
  }

  #arm(timer: Timer): void {
    timer.cancel = processClock.at(timer.at - this.#ahead, () => this.#fire(timer))
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.callback()
  }

  /**
   * Skips this many milliseconds for all users of the clock. Timers that become due fire in order, each at
   * its own time, so that none is late.
   */
  hurry(ms: number): void {
    const end = this.#ahead + ms
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.at - b.at)
      const skipped = next === undefined ? end : Math.max(this.#ahead, next.at - processClock.now())
      if (next === undefined || skipped > end) break
      this.#ahead = skipped
      next.cancel()
      this.#fire(next)
    }
    this.#ahead = end
    for (const timer of this.#timers) {
      timer.cancel()
      this.#arm(timer)
    }
  }
}

// Calls back at an interval until it is stopped, and tells whether ticks were missed.
import type { Millis } from '@oarlock/core'
import type { Clock } from '@oarlock/runtime'

export class Ticker {
  readonly #clock: Clock
  readonly #interval: Millis
  readonly #onTick: (missed: boolean) => void
  #due: Millis = 0
  #cancel: (() => void) | null = null
  #stopped = false

  /** `missed`: this tick is more than two intervals late, for example because the process was stopped. */
  constructor(clock: Clock, interval: Millis, onTick: (missed: boolean) => void) {
    this.#clock = clock
    this.#interval = interval
    this.#onTick = onTick
  }

  /** The next tick comes at once, in an event-loop turn of its own. The others follow at the interval. */
  tickNow(): void {
    this.#tickAt(this.#clock.now())
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #tickAt(at: Millis): void {
    if (this.#stopped) return
    this.#cancel?.()
    this.#due = at
    this.#cancel = this.#clock.at(at, this.#tick)
  }

  readonly #tick = (): void => {
    const now = this.#clock.now()
    const missed = now > this.#due + 2 * this.#interval
    this.#tickAt(now + this.#interval)
    this.#onTick(missed)
  }
}

// A beat, again and again, until it is stopped; and whether it was missed.
import type { Millis } from '@oarlock/core'
import type { Clock } from 'oarlock'

export class Ticker {
  readonly #clock: Clock
  readonly #interval: Millis
  readonly #onBeat: (missed: boolean) => void
  #due: Millis = 0
  #cancel: (() => void) | null = null
  #stopped = false

  /** `missed`: the last beat was due more than two intervals ago, as after the process was stopped. */
  constructor(clock: Clock, interval: Millis, onBeat: (missed: boolean) => void) {
    this.#clock = clock
    this.#interval = interval
    this.#onBeat = onBeat
  }

  /** The next beat is now, in a turn of its own; the others follow. */
  beatNow(): void {
    this.#beatAt(this.#clock.now())
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #beatAt(at: Millis): void {
    if (this.#stopped) return
    this.#cancel?.()
    this.#due = at
    this.#cancel = this.#clock.at(at, this.#beat)
  }

  readonly #beat = (): void => {
    const now = this.#clock.now()
    const missed = now > this.#due + 2 * this.#interval
    this.#beatAt(now + this.#interval)
    this.#onBeat(missed)
  }
}

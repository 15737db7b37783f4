// Measures how late the timers of this process are: for so long its event loop did something else, or the
// process did not run. A long delay is a stall, and is told once: when the loop runs again.
import type { Millis } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'
import { durationBounds, Histogram } from './histogram.ts'

/** `longest` looks back over one to two of these, in ms. */
const period: Millis = 30_000

export interface LoopWatchInit {
  readonly clock: Clock
  /** The time between two measurements, in ms. */
  readonly interval: Millis
  /** A delay of so long is a stall, in ms. */
  readonly stall: Millis
  readonly stalled: (delay: Millis) => void
}

export class LoopWatch {
  readonly delays: Histogram = new Histogram(durationBounds)
  /** How many stalls there were. */
  stalls = 0
  readonly #init: LoopWatchInit
  /** The longest delay of this period, and of the one before. */
  #longest: Millis = 0
  #longestBefore: Millis = 0
  #periodEnds: Millis = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | null = null

  constructor(init: LoopWatchInit) {
    this.#init = init
  }

  start(): void {
    const { clock, interval } = this.#init
    const due = clock.now() + interval
    this.#cancel = clock.at(due, () => {
      this.start()
      this.#ran(Math.max(0, clock.now() - due))
    })
  }

  stop(): void {
    this.#cancel?.()
  }

  /** The longest delay of the last minute, in ms. */
  get longest(): Millis {
    return Math.max(this.#longest, this.#longestBefore)
  }

  #ran(delay: Millis): void {
    this.delays.record(delay)
    this.#note(delay)
    if (delay < this.#init.stall) return
    this.stalls++
    this.#init.stalled(delay)
  }

  #note(delay: Millis): void {
    const now = this.#init.clock.now()
    if (now >= this.#periodEnds) {
      this.#longestBefore = now < this.#periodEnds + period ? this.#longest : 0
      this.#longest = 0
      this.#periodEnds = now + period
    }
    this.#longest = Math.max(this.#longest, delay)
  }
}

// How far a long task is: a report every few seconds, and none if the task is over sooner.
import type { Millis } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'

/** Between two reports, in ms. */
const every = 2000

export interface Progress {
  /** Of the whole task, rounded down. */
  readonly percent: number
  /** Since the last report. */
  readonly perSecond: number
}

export class ProgressMeter {
  readonly #clock: Clock
  #from = 0
  #to = 0
  #begun: Millis | null = null
  #reported = 0
  #reportedAt: Millis = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isUnderWay(): boolean {
    return this.#begun !== null
  }

  /** The task begins, or begins again. */
  begin(from: number, to: number): void {
    this.#begun = this.#clock.now()
    this.#reportedAt = this.#begun
    this.#from = from
    this.#reported = from
    this.#to = to
  }

  /** The task has come this far. Returns a report if one is due. */
  look(at: number): Progress | null {
    const now = this.#clock.now()
    const since = now - this.#reportedAt
    if (since < every) return null
    const perSecond = Math.round(((at - this.#reported) * 1000) / since)
    this.#reportedAt = now
    this.#reported = at
    return { percent: Math.floor((100 * (at - this.#from)) / (this.#to - this.#from)), perSecond }
  }

  /** The task is over. Returns how long it took. */
  end(): Millis {
    const took = this.#begun === null ? 0 : Math.round(this.#clock.now() - this.#begun)
    this.#begun = null
    return took
  }
}

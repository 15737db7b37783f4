// Time without what this thread stood still: whoever founds a cluster must have had the time to hear of others, and what they said while
// it stood still is in the pipe yet.
import type { Platform } from '../node/index.ts'

export class ActiveClock {
  readonly #platform: Platform
  /** Longer than between two ticks it was not awake. */
  readonly #most: number
  #tickedAt: number
  #awakeAtTick = 0

  constructor(platform: Platform, most: number) {
    this.#platform = platform
    this.#most = most
    this.#tickedAt = platform.now()
  }

  get now(): number {
    return this.#awakeAtTick + Math.min(this.#platform.now() - this.#tickedAt, this.#most)
  }

  /** To be called at regular times. */
  tick(): void {
    this.#awakeAtTick = this.now
    this.#tickedAt = this.#platform.now()
  }
}

// A clock that does not count the time in which the thread was blocked. A node that bootstraps a cluster must
// have had the time to hear of other nodes, and their messages from such a time are still in the pipe.
import type { Platform } from '../node/index.ts'

export class ActiveClock {
  readonly #platform: Platform
  /** More time than this between two ticks does not count. */
  readonly #maximum: number
  #tickedAt: number
  #activeAtTick = 0

  constructor(platform: Platform, maximum: number) {
    this.#platform = platform
    this.#maximum = maximum
    this.#tickedAt = platform.now()
  }

  get now(): number {
    return this.#activeAtTick + Math.min(this.#platform.now() - this.#tickedAt, this.#maximum)
  }

  /** To be called at regular intervals. */
  tick(): void {
    this.#activeAtTick = this.now
    this.#tickedAt = this.#platform.now()
  }
}

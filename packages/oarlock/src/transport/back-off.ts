// The delay before a peer is dialled again: exponential, with full jitter, so that peers that lost each other
// at the same moment do not return at the same moment. After a refusal the delay is long, because only a
// person can remove its cause.
import type { Millis } from '@oarlock/core'

export interface RetryDelays {
  /** The longest delay before the first retry. It doubles with each retry. */
  readonly first: Millis
  /** The doubling ends here. */
  readonly longest: Millis
  /** The longest delay after a refusal. The shortest is half of it. */
  readonly refused: Millis
}

export const defaultRetryDelays: RetryDelays = { first: 20, longest: 500, refused: 5000 }

export class BackOff {
  readonly #delays: RetryDelays
  readonly #random: () => number
  #retries = 0

  constructor(delays: RetryDelays, random: () => number) {
    this.#delays = delays
    this.#random = random
  }

  next(): Millis {
    const { first, longest } = this.#delays
    const bound = Math.min(longest, first * 2 ** this.#retries)
    if (!this.atLongest) this.#retries++
    return this.#random() * bound
  }

  /** Whether the delay has reached its longest bound. */
  get atLongest(): boolean {
    return this.#delays.first * 2 ** this.#retries >= this.#delays.longest
  }

  nextAfterRefusal(): Millis {
    return (this.#delays.refused * (1 + this.#random())) / 2
  }

  reset(): void {
    this.#retries = 0
  }
}

// How long to wait before dialling a peer again. Exponential with full jitter: peers that lost each other at the same
// moment do not come back at the same moment. A refusal is another matter: only a person can end it, so it waits long.
import type { Millis } from '@oarlock/core'

export interface RetryDelays {
  /** At most this long before the first retry; the bound doubles from try to try. */
  readonly first: Millis
  /** Where the doubling ends. */
  readonly longest: Millis
  /** At most this long, and at least half of it, after a refusal. */
  readonly refused: Millis
}

export const defaultRetryDelays: RetryDelays = { first: 20, longest: 500, refused: 5000 }

export class BackOff {
  readonly #delays: RetryDelays
  readonly #random: () => number
  #tries = 0

  constructor(delays: RetryDelays, random: () => number) {
    this.#delays = delays
    this.#random = random
  }

  next(): Millis {
    const { first, longest } = this.#delays
    const bound = Math.min(longest, first * 2 ** this.#tries)
    if (!this.atLongest) this.#tries++
    return this.#random() * bound
  }

  /** It has been tried often enough for the bound not to grow any more. */
  get atLongest(): boolean {
    return this.#delays.first * 2 ** this.#tries >= this.#delays.longest
  }

  nextAfterRefusal(): Millis {
    return (this.#delays.refused * (1 + this.#random())) / 2
  }

  reset(): void {
    this.#tries = 0
  }
}

// One timer for one deadline, which moves.
import type { Platform } from './platform.ts'

export class DeadlineTimer {
  readonly #platform: Platform
  readonly #ring: () => void
  #at = Number.POSITIVE_INFINITY
  #cancel: (() => void) | null = null

  constructor(platform: Platform, ring: () => void) {
    this.#platform = platform
    this.#ring = ring
  }

  /** Rings at this time, and at no other that was set before; infinity: not at all. */
  set(at: number): void {
    if (at === this.#at) return
    this.#cancel?.()
    this.#cancel = null
    this.#at = at
    if (at === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#platform.setTimer(
      () => {
        // What the pipe brought while this thread was busy comes first: a late timer is not a dead leader.
        this.#cancel = this.#platform.setTimer(() => {
          this.#cancel = null
          this.#at = Number.POSITIVE_INFINITY
          this.#ring()
        }, 0)
      },
      // Whole milliseconds: a timer that fires a little early finds nothing to do, again and again.
      Math.max(0, Math.ceil(at - this.#platform.now())),
    )
  }

  stop(): void {
    this.set(Number.POSITIVE_INFINITY)
  }
}

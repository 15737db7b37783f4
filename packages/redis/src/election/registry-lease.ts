// By whose leave a leader leads, for how long, and under which fence (ARCHITECTURE.md, "Why there are never
// two leaders").
import type { Millis, Term } from '@oarlock/core'
import type { Fence } from 'oarlock'

export interface RegistryLeaseInit {
  readonly electionTimeout: Millis
  readonly clockRateTolerance: number
}

export class RegistryLease {
  readonly #duration: Millis
  #term: Term | null = null
  #fence: Fence = 0
  #renewedAt: Millis = Number.NEGATIVE_INFINITY

  constructor({ electionTimeout, clockRateTolerance }: RegistryLeaseInit) {
    this.#duration = electionTimeout / (1 + clockRateTolerance)
  }

  /** The fence of that term's leadership, as Redis gave it; null: none that is known here. */
  fenceOf(term: Term): Fence | null {
    return term === this.#term ? this.#fence : null
  }

  /** This instance leads in that term, or has heard from who does. */
  begins(term: Term, fence: Fence): void {
    this.#term = term
    this.#fence = fence
  }

  /** Another cluster, with terms of its own. */
  ends(): void {
    this.#term = null
    this.#renewedAt = Number.NEGATIVE_INFINITY
  }

  /** A renewal that was sent at `sentAt` has succeeded. */
  renewed(sentAt: Millis): void {
    if (sentAt > this.#renewedAt) this.#renewedAt = sentAt
  }

  get deadline(): Millis {
    return this.#renewedAt + this.#duration
  }
}

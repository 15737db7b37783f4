// The lease that a leader renews in the registry: until when it may lead, and under which fence
// (ARCHITECTURE.md, "Why there are never two leaders").
import type { Millis, Term } from '@oarlock/core'
import type { Fence } from '@oarlock/runtime'

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

  /** The fence that Redis gave to the leadership of this term. Null: it is not known here. */
  fenceOf(term: Term): Fence | null {
    return term === this.#term ? this.#fence : null
  }

  /** The leadership of this term has this fence. The leader may be this instance or another one. */
  setFence(term: Term, fence: Fence): void {
    this.#term = term
    this.#fence = fence
  }

  /** This instance joins another cluster, in which terms begin anew. */
  reset(): void {
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

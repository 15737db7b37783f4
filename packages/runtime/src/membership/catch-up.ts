// When a newcomer has caught up (thesis §4.2.1). It is sent the log in rounds: each ends at the place where the
// leader's log ended when the round began. A newcomer that needs no longer than an election timeout for a round
// can be a voter without a gap in availability.
import type { Index, Millis, NodeId, ProgressView } from '@oarlock/core'

interface Round {
  readonly target: Index
  readonly began: Millis
}

/** The last round was short enough. */
export function hasCaughtUp(roundTook: Millis, electionTimeout: Millis): boolean {
  return roundTook <= electionTimeout
}

/** A leader's view of its newcomers. */
export class CatchUp {
  readonly #electionTimeout: Millis
  readonly #rounds = new Map<NodeId, Round>()

  constructor(electionTimeout: Millis) {
    this.#electionTimeout = electionTimeout
  }

  /** Whether the newcomer has caught up now. Begins its next round if it has ended one. */
  look(id: NodeId, { match, state, recentActive }: ProgressView, lastIndex: Index, now: Millis): boolean {
    const round = this.#rounds.get(id)
    if (round !== undefined && match < round.target) return false
    this.#rounds.set(id, { target: lastIndex, began: now })
    if (round === undefined || state !== 'replicate' || !recentActive) return false
    return hasCaughtUp(now - round.began, this.#electionTimeout)
  }

  /** Keeps only these newcomers. */
  keep(ids: ReadonlySet<NodeId>): void {
    for (const id of this.#rounds.keys()) if (!ids.has(id)) this.#rounds.delete(id)
  }
}

// The followers that answer a leader's heartbeats and do not get its entries. A leader sends again what is
// refused, so that this ends by itself within a few round trips, unless the follower has lost what it had
// acknowledged.
import type { NodeId, RaftView } from '@oarlock/core'
import type { StuckFollower } from './facts.ts'

/** In election timeouts. A slow link or a slow disk makes progress all the same. */
const patience = 10

export class StuckFollowers {
  readonly #seen = new Map<NodeId, Omit<StuckFollower, 'peer'>>()

  /** Looks at a member; to be called at least once in an election timeout. */
  look({ role, now, progress, lastIndex, electionTimeout }: RaftView): void {
    if (role !== 'leader') return this.#seen.clear()
    for (const [peer, { match, state, answeredSentAt, hasLostEntries }] of progress) {
      const waits = match < lastIndex && state !== 'snapshot' && now - answeredSentAt < electionTimeout
      const seen = this.#seen.get(peer)
      if (!waits && !hasLostEntries) this.#seen.delete(peer)
      else if (seen?.match !== match || seen.hasLostEntries !== hasLostEntries)
        this.#seen.set(peer, { match, hasLostEntries, since: now })
    }
    for (const peer of this.#seen.keys()) if (!progress.has(peer)) this.#seen.delete(peer)
  }

  at({ now, electionTimeout, role }: RaftView): StuckFollower[] {
    if (role !== 'leader') return []
    const isStuck = ({ hasLostEntries, since }: Omit<StuckFollower, 'peer'>) =>
      hasLostEntries || now - since >= patience * electionTimeout
    return [...this.#seen].filter(([, seen]) => isStuck(seen)).map(([peer, seen]) => ({ peer, ...seen }))
  }
}

// Says in the log that there has been no leader for long, and why. The pauses between two lines double, so that
// a cluster that is down for a night fills no log.
import type { Millis } from '@oarlock/core'

/** In election timeouts. An election takes one or two. */
const patience = 10
/** How long a new cluster waits in silence for its founders. They are not started at the same moment. */
const patienceForFounders: Millis = 1000
const longestPause: Millis = 600_000

/** `waiting`: the cluster has not begun. */
export type LeaderState = 'known' | 'none' | 'waiting'

export class Leaderless {
  readonly #electionTimeout: Millis
  #state: LeaderState | null = null
  #since: Millis
  #saidAt: Millis | null = null

  constructor(electionTimeout: Millis, now: Millis) {
    this.#electionTimeout = electionTimeout
    this.#since = now
  }

  /** How long it has been so, if that is to be said now; else null. */
  look(state: LeaderState, now: Millis): Millis | null {
    if (state !== this.#state) {
      if (this.#state !== null) this.#since = now
      this.#state = state
      this.#saidAt = null
    }
    if (state === 'known') return null
    const due =
      this.#saidAt === null
        ? this.#since + this.#patience
        : this.#saidAt + Math.min(this.#saidAt - this.#since, longestPause)
    if (now < due) return null
    this.#saidAt = now
    return now - this.#since
  }

  /** How long no leader has been known, if that is longer than an election takes; else null. */
  lasting(now: Millis): Millis | null {
    return this.#state === 'none' && now - this.#since >= this.#patience ? now - this.#since : null
  }

  get #patience(): Millis {
    if (this.#state === 'waiting') return Math.max(patienceForFounders, 2 * this.#electionTimeout)
    return patience * this.#electionTimeout
  }
}

// The time that replicated state may go by (thesis §6.3: the clock of the log). The leader writes it into each
// command that it appends. It is the time, in ms, that the cluster had a leader: it follows the leader's
// monotonic clock, goes on where it ended under the leader before, and stands still while nobody leads. So it
// never goes back, and all members see the same time at the same command, whatever their clocks show.
import type { Index, Millis, Role, Term } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'

/** The part of the core that leader time uses. */
export interface LeaderTimeTarget {
  readonly role: Role
  readonly term: Term
  readonly applied: Index
  readonly termStart: Index
}

export class LeaderTime {
  readonly #core: LeaderTimeTarget
  readonly #clock: Clock
  /** The greatest time in the commands that are applied here. */
  #latest: Millis = 0
  /** The term in which this member leads and knows where the time goes on. */
  #term: Term | null = null
  #base: Millis = 0
  #since: Millis = 0

  constructor(core: LeaderTimeTarget, clock: Clock) {
    this.#core = core
    this.#clock = clock
  }

  /** At the last command that is applied here. */
  get latest(): Millis {
    return this.#latest
  }

  /**
   * Looks whether this member has begun to lead. Everything that earlier leaders wrote is applied when its
   * own no-op is, so their last time is known then. Until then it writes no time into commands.
   */
  follow(): void {
    const { role, term, applied, termStart } = this.#core
    if (role !== 'leader' || term === this.#term || applied < termStart) return
    this.#term = term
    this.#base = this.#latest
    this.#since = this.#clock.now()
  }

  /** The time for commands that this member appends now; 0: it does not lead, or not know the time yet. */
  now(): Millis {
    const { role, term } = this.#core
    if (role !== 'leader' || term !== this.#term) return 0
    return this.#base + Math.floor(this.#clock.now() - this.#since)
  }

  /** A command with this time is being applied. Returns the leader time of the command. */
  advance(time: Millis): Millis {
    if (time > this.#latest) this.#latest = time
    return this.#latest
  }

  /** A snapshot with this time replaces the state. */
  restore(time: Millis): void {
    this.#latest = time
  }
}

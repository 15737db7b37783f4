// A member that the cluster has taken in begins with the founders as its list of members, and goes through all later
// lists while it catches up: those may name its own old self, or others that have lost their disks since. If it voted
// or stood meanwhile, such newcomers could elect one of themselves, without what the cluster has committed. So it does
// neither before it has committed the change that took it in. Then it has all that was committed before, and gives no
// vote to a candidate that lacks it (paper §5.4.1; thesis §4.2.1: a newcomer is no voter yet, so nobody waits for it).
// A founder that takes part late is no newcomer. It has been a voter from the beginning, and the others may need its
// vote before they can bring it the log.
import type { Event, Index, Millis } from '@oarlock/core'
import type { DriverCore } from '../driver/index.ts'

export function mayVote(commit: Index, votesFrom: Index): boolean {
  return commit >= votesFrom
}

/** It may end in a vote, or in an election. Of a follower's ticks nothing else follows. */
function isOfElection(event: Event): boolean {
  if (event.type === 'tick' || event.type === 'campaign') return true
  if (event.type !== 'receive') return false
  const { type } = event.message
  return type === 'preVote' || type === 'vote' || type === 'timeoutNow'
}

/** The core as its driver sees it: it is told of no election before it may vote. */
export class CoreOfNewcomer implements DriverCore {
  readonly #core: DriverCore & { readonly commit: Index }
  readonly #votesFrom: () => Index

  constructor(core: DriverCore & { readonly commit: Index }, votesFrom: () => Index) {
    this.#core = core
    this.#votesFrom = votesFrom
  }

  get #mayVote(): boolean {
    return mayVote(this.#core.commit, this.#votesFrom())
  }

  get role(): DriverCore['role'] {
    return this.#core.role
  }

  get hasEffects(): boolean {
    return this.#core.hasEffects
  }

  take(): ReturnType<DriverCore['take']> {
    return this.#core.take()
  }

  step(event: Event, now: Millis): void {
    if (this.#mayVote || !isOfElection(event)) this.#core.step(event, now)
  }

  nextDeadline(): Millis {
    return this.#mayVote ? this.#core.nextDeadline() : Number.POSITIVE_INFINITY
  }
}

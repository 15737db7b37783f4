// The object that @InjectLeadership() injects. It is the same for the provider's whole life, and refers to
// the current leadership.
import type { Leadership } from 'oarlock'
import type { NotLeaderError } from './errors.ts'
import { currentLeadership } from './leader-work.ts'
import type { LeaderElectionService } from './service.ts'

/**
 * Within leader work it is the leadership of that work, which stays the same one when it is lost. Elsewhere
 * it is the leadership that is held here now. Without one, `held` is false, `signal` is aborted, and `fence`
 * and `assertHeld` throw NotLeaderError: a write must not carry a fence that was never won.
 */
export class CurrentLeadership implements Leadership {
  readonly #service: LeaderElectionService

  constructor(service: LeaderElectionService) {
    this.#service = service
  }

  get #leadership(): Leadership | null {
    return currentLeadership(this.#service.name) ?? this.#service.leadership
  }

  #notLeader(): NotLeaderError {
    return this.#service.notLeader('there is no leadership here')
  }

  get fence(): number {
    const leadership = this.#leadership
    if (leadership === null) throw this.#notLeader()
    return leadership.fence
  }

  get held(): boolean {
    return this.#leadership?.held ?? false
  }

  get deadline(): number {
    return this.#leadership?.deadline ?? Number.NEGATIVE_INFINITY
  }

  get signal(): AbortSignal {
    return this.#leadership?.signal ?? AbortSignal.abort(this.#notLeader())
  }

  assertHeld(): void {
    const leadership = this.#leadership
    if (leadership === null) throw this.#notLeader()
    leadership.assertHeld()
  }
}

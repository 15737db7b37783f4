// What @InjectLeadership() gives: one object for the life of a provider, that stands for the leadership of the moment.
import type { Leadership } from 'oarlock'
import type { NotLeaderError } from '../errors.ts'
import { currentLeadership } from './leader-work.ts'
import type { LeaderElectionService } from './service.ts'

/**
 * Stands for the leadership under which the caller runs, which stays the same one when it is lost; elsewhere for the one that is
 * held here now. Where there is none, `held` is false, `signal` is aborted, `fence` and `assertHeld` throw NotLeaderError: nothing
 * may be written with a fence that was never won.
 */
export class CurrentLeadership implements Leadership {
  readonly #service: LeaderElectionService

  constructor(service: LeaderElectionService) {
    this.#service = service
  }

  get #leadership(): Leadership | null {
    return currentLeadership(this.#service.name) ?? this.#service.leadership
  }

  #refusal(): NotLeaderError {
    return this.#service.refusal('there is no leadership here')
  }

  get fence(): number {
    const leadership = this.#leadership
    if (leadership === null) throw this.#refusal()
    return leadership.fence
  }

  get held(): boolean {
    return this.#leadership?.held ?? false
  }

  get deadline(): number {
    return this.#leadership?.deadline ?? Number.NEGATIVE_INFINITY
  }

  get signal(): AbortSignal {
    return this.#leadership?.signal ?? AbortSignal.abort(this.#refusal())
  }

  assertHeld(): void {
    const leadership = this.#leadership
    if (leadership === null) throw this.#refusal()
    leadership.assertHeld()
  }
}

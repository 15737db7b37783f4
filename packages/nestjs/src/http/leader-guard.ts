// A guard that lets requests through on the leader.
import { type CanActivate, type ExecutionContext, Inject, mixin, type Type } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { defaultElection } from '../election/name.ts'
import { Elections } from '../module/elections.ts'
import { refusalOf } from './refusal.ts'

const guards = new Map<string, Type<CanActivate>>()

/**
 * `@UseGuards(LeaderGuard())` on a controller or a handler: requests pass if this instance leads. Others are answered with 421 and
 * the leader's name (`leader` in the body, and the header X-Oarlock-Leader), or with 503 while no leader is known. Whoever does
 * more than read takes LeaderInterceptor.
 */
export function LeaderGuard(election: string = defaultElection): Type<CanActivate> {
  const known = guards.get(election)
  if (known !== undefined) return known
  class Guard implements CanActivate {
    readonly #elections: Elections
    readonly #adapter: HttpAdapterHost

    constructor(elections: Elections, adapter: HttpAdapterHost) {
      this.#elections = elections
      this.#adapter = adapter
    }

    canActivate(context: ExecutionContext): boolean {
      const service = this.#elections.get(election)
      if (service.workable === null) throw refusalOf(service, context, this.#adapter)
      return true
    }
  }
  Inject(Elections)(Guard, undefined, 0)
  Inject(HttpAdapterHost)(Guard, undefined, 1)
  const guard = mixin(Guard as Type<CanActivate>)
  guards.set(election, guard)
  return guard
}

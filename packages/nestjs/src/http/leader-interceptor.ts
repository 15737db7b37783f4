// An interceptor under which a request is the leader's work.
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  mixin,
  type NestInterceptor,
  ServiceUnavailableException,
  type Type,
} from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { Leadership } from 'oarlock'
import { finalize, map, Observable } from 'rxjs'
import { defaultElection } from '../election/name.ts'
import { Elections } from '../module/elections.ts'
import { refusalOf } from './refusal.ts'

const interceptors = new Map<string, Type<NestInterceptor>>()

/**
 * `@UseInterceptors(LeaderInterceptor())` on a controller or a handler: as LeaderGuard, and the handler runs under the leadership:
 * currentLeadership() gives it, with its fence, and shutdown waits for the answer. If the leadership was lost meanwhile the answer
 * is 503: whether the work took effect is then for the fence to say, where it landed.
 */
export function LeaderInterceptor(election: string = defaultElection): Type<NestInterceptor> {
  const known = interceptors.get(election)
  if (known !== undefined) return known
  class Interceptor implements NestInterceptor {
    readonly #elections: Elections
    readonly #adapter: HttpAdapterHost

    constructor(elections: Elections, adapter: HttpAdapterHost) {
      this.#elections = elections
      this.#adapter = adapter
    }

    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      const service = this.#elections.get(election)
      const leadership = service.workable
      if (leadership === null) throw refusalOf(service, context, this.#adapter)
      const what = `${context.getClass().name}.${context.getHandler().name}`
      service.called(what, 'ran')
      return new Observable((subscriber) => {
        const end = service.work.begin(what)
        const answers = () =>
          next.handle().pipe(
            map((answer) => (leadership.held ? answer : refuse(leadership, context))),
            finalize(end),
          )
        // A handler that returns an Observable does its work when that is subscribed to.
        return service.work.within(leadership, () => answers().subscribe(subscriber))
      })
    }
  }
  Inject(Elections)(Interceptor, undefined, 0)
  Inject(HttpAdapterHost)(Interceptor, undefined, 1)
  const interceptor = mixin(Interceptor as Type<NestInterceptor>)
  interceptors.set(election, interceptor)
  return interceptor
}

/** Throws: the answer is not to be relied on. */
function refuse(leadership: Leadership, context: ExecutionContext): never {
  const message = 'the leadership was lost while the request was worked on: it may have taken effect, or not'
  if (context.getType() === 'http')
    throw new ServiceUnavailableException({ statusCode: 503, error: 'Service Unavailable', message })
  leadership.assertHeld()
  throw new Error(message)
}

// An interceptor that handles a request as leader work.
import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  ServiceUnavailableException,
  type Type,
} from '@nestjs/common'
import type { Leadership } from 'oarlock'
import { finalize, map, Observable } from 'rxjs'
import { checkCall, classPerElection, handlerName, LeaderRequests } from './leader-requests.ts'

const interceptors = classPerElection<NestInterceptor>(
  (election) =>
    class extends LeaderRequests implements NestInterceptor {
      readonly election = election

      intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
        const { service } = this
        const leadership = this.leadership(context)
        const what = handlerName(context)
        service.publishCall(what, 'ran')
        return new Observable((subscriber) => {
          const end = service.work.begin(what)
          const answers = () =>
            next.handle().pipe(
              map((answer) => (leadership.held ? answer : failLost(leadership, context))),
              finalize(end),
            )
          // If the handler returns an Observable, it does its work on subscription.
          return service.work.within(leadership, end, () => answers().subscribe(subscriber))
        })
      }
    },
)

/**
 * `@UseInterceptors(LeaderInterceptor())` on a controller or a handler: requests pass as with LeaderGuard,
 * and the handler runs under the leadership. currentLeadership() gives it, with its fence, and shutdown waits
 * for the answer. If the leadership was lost meanwhile, the answer is 503, and the request may have taken
 * effect or not. Pass the fence along with each write to have late writes rejected.
 */
export function LeaderInterceptor(election?: string): Type<NestInterceptor> {
  checkCall('LeaderInterceptor', new.target, election)
  return interceptors(election)
}

/** The leadership was lost, so the answer cannot be relied on. */
function failLost(leadership: Leadership, context: ExecutionContext): never {
  const message = 'the leadership was lost while the request was handled: it may have taken effect, or not'
  if (context.getType() === 'http')
    throw new ServiceUnavailableException({ statusCode: 503, error: 'Service Unavailable', message })
  leadership.assertHeld()
  throw new Error(message)
}

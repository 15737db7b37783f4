// A guard that lets requests through on the leader.
import type { CanActivate, ExecutionContext, Type } from '@nestjs/common'
import { checkCall, classPerElection, LeaderRequests } from './leader-requests.ts'

const guards = classPerElection<CanActivate>(
  (election) =>
    class extends LeaderRequests implements CanActivate {
      readonly election = election

      canActivate(context: ExecutionContext): boolean {
        this.leadership(context)
        return true
      }
    },
)

/**
 * `@UseGuards(LeaderGuard())` on a controller or a handler: requests pass if this instance leads. Others are
 * answered with 421 and the leader's name (`leader` in the body, and the header X-Oarlock-Leader), or with
 * 503 while no leader is known. For requests that do more than read, use LeaderInterceptor.
 */
export function LeaderGuard(election?: string): Type<CanActivate> {
  checkCall('LeaderGuard', new.target, election)
  return guards(election)
}

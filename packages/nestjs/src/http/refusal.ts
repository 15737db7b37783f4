// How HTTP says that this instance does not lead: 421 with the leader's name, or 503 while nobody is known to lead.
import { type ExecutionContext, HttpException, HttpStatus } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'
import type { LeaderElectionService } from '../election/service.ts'

/** Names the leader, in an answer of an instance that does not lead. */
const leaderHeader = 'X-Oarlock-Leader'

const nameOf = (context: ExecutionContext): string =>
  `${context.getClass().name}.${context.getHandler().name}`

/** What to throw. For requests that are not HTTP it is the NotLeaderError itself. */
export function refusalOf(
  service: LeaderElectionService,
  context: ExecutionContext,
  { httpAdapter }: HttpAdapterHost,
): Error {
  const refusal = service.refusal(`${nameOf(context)} is for the leader only`)
  service.called(nameOf(context), 'refused')
  if (context.getType() !== 'http') return refusal
  const { leader, message } = refusal
  const status = leader === null ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.MISDIRECTED
  const response: unknown = context.switchToHttp().getResponse()
  // Who asks again soon asks the next leader.
  if (leader === null) httpAdapter.setHeader(response, 'Retry-After', '1')
  else httpAdapter.setHeader(response, leaderHeader, leader)
  const error = leader === null ? 'Service Unavailable' : 'Misdirected Request'
  return new HttpException({ statusCode: status, error, message, leader }, status, { cause: refusal })
}

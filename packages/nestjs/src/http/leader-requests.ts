// The common part of LeaderGuard and LeaderInterceptor: only the leader handles the request. Another instance
// answers it with 421 and the leader's name, or with 503 while no leader is known.
import { type ExecutionContext, HttpException, HttpStatus, Inject, mixin, type Type } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import { InvalidOptionsError, type Leadership } from 'oarlock'
import { type Elections, electionsToken } from '../application/index.ts'
import { checkElectionArgument } from '../decorators/index.ts'
import { defaultElection, type LeaderElectionService } from '../election/index.ts'

/** The header that names the leader. */
const leaderHeader = 'X-Oarlock-Leader'

/** The name of the request's handler. */
export const handlerName = (context: ExecutionContext): string =>
  `${context.getClass().name}.${context.getHandler().name}`

export abstract class LeaderRequests {
  abstract readonly election: string
  readonly #elections: Elections
  readonly #adapter: HttpAdapterHost

  constructor(elections: Elections, adapter: HttpAdapterHost) {
    this.#elections = elections
    this.#adapter = adapter
  }

  protected get service(): LeaderElectionService {
    return this.#elections.get(this.election)
  }

  /**
   * The leadership under which the request may be handled. Throws the answer to the request if there is none.
   */
  protected leadership(context: ExecutionContext): Leadership {
    const { service } = this
    const leadership = service.workable
    if (leadership !== null) return leadership
    service.publishCall(handlerName(context), 'refused')
    throw this.#answer(context)
  }

  #answer(context: ExecutionContext): Error {
    const cause = this.service.notLeader(`${handlerName(context)} is for the leader only`)
    if (context.getType() !== 'http') return cause
    const { leader, message } = cause
    const { httpAdapter } = this.#adapter
    const status = leader === null ? HttpStatus.SERVICE_UNAVAILABLE : HttpStatus.MISDIRECTED
    const response: unknown = context.switchToHttp().getResponse()
    // Within a second there is usually a new leader.
    if (leader === null) httpAdapter.setHeader(response, 'Retry-After', '1')
    else httpAdapter.setHeader(response, leaderHeader, leader)
    const error = leader === null ? 'Service Unavailable' : 'Misdirected Request'
    return new HttpException({ statusCode: status, error, message, leader }, status, { cause })
  }
}
Inject(electionsToken)(LeaderRequests, undefined, 0)
Inject(HttpAdapterHost)(LeaderRequests, undefined, 1)

/**
 * Throws InvalidOptionsError if Nest itself makes an instance, as it does for `@UseGuards(LeaderGuard)`. Such a
 * guard would have no effect.
 */
export function checkCall(name: string, isNew: unknown, election: unknown): void {
  if (isNew !== undefined)
    throw new InvalidOptionsError(`${name} stands without parentheses: write ${name}()`)
  checkElectionArgument(name, election)
}

/** Makes one class for each election: Nest can then use one instance wherever it stands. */
export function classPerElection<T>(make: (election: string) => Type<T>): (election?: string) => Type<T> {
  const classes = new Map<string, Type<T>>()
  return (election = defaultElection) => {
    const made = classes.get(election) ?? mixin(make(election))
    classes.set(election, made)
    return made
  }
}

// The errors of a command to Redis.
import { OarlockError, type Outcome } from '@oarlock/runtime'

/** Redis is unreachable or did not answer in time. `not-applied` if nothing was sent, else `unknown`. */
export class RedisUnavailableError extends OarlockError {
  static readonly code = 'OARLOCK_REDIS_UNAVAILABLE'
  override readonly name = 'RedisUnavailableError'
  readonly code = 'OARLOCK_REDIS_UNAVAILABLE'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome) {
    super(message)
    this.outcome = outcome
  }
}

/** Redis answered with an error. The message quotes it, and names the right that is missing. */
export class RedisReplyError extends OarlockError {
  static readonly code = 'OARLOCK_REDIS_REPLY'
  override readonly name = 'RedisReplyError'
  readonly code = 'OARLOCK_REDIS_REPLY'
  readonly outcome = 'unknown'
}

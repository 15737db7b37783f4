// Requests to Redis fail while it is away, slow or full, or refuses them. The next tick tries again.
import type { EventLogger } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'
import { type RedisProblems, RedisReplyError, RedisUnavailableError } from '../connection/index.ts'

/** What the requests are for. */
export type Activity =
  | 'look for the cluster'
  | 'renew the lease'
  | 'announce'
  | 'look for the leader'
  | 'end the cluster'

export class Attempts {
  readonly #id: string
  readonly #problems: RedisProblems
  readonly #log: RateLimitedLog

  constructor(id: string, problems: RedisProblems, logger: EventLogger) {
    this.#id = id
    this.#problems = problems
    this.#log = new RateLimitedLog(logger)
  }

  /** Never throws. */
  async attempt(activity: Activity, action: () => Promise<void>): Promise<void> {
    try {
      await action()
      this.#problems.succeeded(activity)
    } catch (error) {
      if (error instanceof RedisReplyError) this.#problems.failed(activity, `${error.message}.`)
      // The connection knows that Redis is away.
      else if (error instanceof RedisUnavailableError)
        this.#log.debug({ id: this.#id, activity, err: error }, 'a request to Redis failed')
      else
        this.#log.warn(
          String(error),
          { event: 'broker-failed', id: this.#id, activity, err: error },
          `could not ${activity}`,
        )
    }
  }
}

// What is wrong with a Redis, for people.
import type { Millis } from '@oarlock/core'
import type { EventLogger } from '@oarlock/runtime'
import { RateLimitedLog } from 'oarlock/wire'

export interface RedisProblem {
  /** One or more sentences that say what happened and what to do. */
  readonly text: string
  /** When it began, by `performance.now()`. */
  readonly since: Millis
  /** Default: a problem with Redis itself. */
  readonly kind?: 'duplicate-id' | 'timeouts-differ'
}

/** What Redis does not let an instance do now. Each problem is logged once a minute at most. */
export class RedisProblems {
  readonly #log: RateLimitedLog
  readonly #forgottenAfter: Millis
  readonly #byActivity = new Map<string, { readonly problem: RedisProblem; readonly last: Millis }>()

  /** An activity that has not failed again for `forgottenAfter` ms has ended. */
  constructor(logger: EventLogger | undefined, forgottenAfter: Millis = 10_000) {
    this.#log = new RateLimitedLog(logger)
    this.#forgottenAfter = forgottenAfter
  }

  get current(): readonly RedisProblem[] {
    const recently = performance.now() - this.#forgottenAfter
    for (const [activity, { last }] of this.#byActivity)
      if (last < recently) this.#byActivity.delete(activity)
    const texts = new Map([...this.#byActivity.values()].map(({ problem }) => [problem.text, problem]))
    return [...texts.values()]
  }

  /** `text`: why the activity failed. */
  failed(activity: string, text: string, kind?: RedisProblem['kind']): void {
    this.note(activity, text, kind)
    this.#log.warn(text, { event: 'broker-failed', problem: text }, text)
  }

  /** As `failed`, without a line in the log. */
  note(activity: string, text: string, kind?: RedisProblem['kind']): void {
    const last = performance.now()
    const known = this.#byActivity.get(activity)?.problem
    const problem =
      known?.text === text ? known : { text, since: last, ...(kind === undefined ? {} : { kind }) }
    this.#byActivity.set(activity, { problem, last })
  }

  succeeded(activity: string): void {
    this.#byActivity.delete(activity)
  }
}

// The commands that one connection has not answered yet: so many and no more, and none for ever.
import type { Millis } from '@oarlock/core'
import { RedisUnavailableError } from './errors.ts'

/** What is under way may be this long, or be one command. In bytes. */
const maxBytes = 64 * 1024 * 1024

export interface UnansweredLimits {
  readonly commandTimeout: Millis
  readonly maxUnanswered: number
}

export interface Asking {
  readonly send: (args: readonly (string | Buffer)[]) => Promise<unknown>
  /** Redis has answered, in time or not. */
  readonly answered: () => void
  /** What to reject with; null: nothing, the connection is given up. */
  readonly failed: (error: Error) => Error | null
  /** Its time is over. */
  readonly late: () => void
}

export class Unanswered {
  readonly #limits: UnansweredLimits
  readonly #waiting = new Set<{ readonly giveUp: (why: string) => void }>()
  /** Those too whose time is over: Redis may still be busy with them. */
  #count = 0
  #bytes = 0

  constructor(limits: UnansweredLimits) {
    this.#limits = limits
  }

  ask(args: readonly (string | Buffer)[], asking: Asking): Promise<unknown> {
    const { commandTimeout, maxUnanswered } = this.#limits
    const bytes = args.reduce((sum, arg) => sum + arg.length, 0)
    if (this.#count >= maxUnanswered || (this.#count > 0 && this.#bytes + bytes > maxBytes))
      return Promise.reject(
        new RedisUnavailableError('Redis has more to answer already than it may', 'not-applied'),
      )
    this.#count++
    this.#bytes += bytes
    return new Promise((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        clearTimeout(timer)
        if (this.#waiting.delete(waiting)) outcome()
      }
      const answered = (outcome: () => void): void => {
        this.#count--
        this.#bytes -= bytes
        asking.answered()
        settle(outcome)
      }
      const waiting = {
        giveUp: (why: string) => settle(() => reject(new RedisUnavailableError(why, 'unknown'))),
      }
      this.#waiting.add(waiting)
      const timer = setTimeout(() => {
        // The process may have slept: what has arrived meanwhile is read before it is called late.
        setImmediate(() => {
          if (!this.#waiting.has(waiting)) return
          waiting.giveUp(`Redis did not answer within ${commandTimeout} ms`)
          asking.late()
        })
      }, commandTimeout)
      asking.send(args).then(
        (reply) => answered(() => resolve(reply)),
        (error: Error) => {
          const told = asking.failed(error)
          if (told !== null) answered(() => reject(told))
        },
      )
    })
  }

  /** None of them is answered any more. */
  giveUp(why: string): void {
    for (const waiting of [...this.#waiting]) waiting.giveUp(why)
  }
}

// The commands on one connection that await an answer. Number and size are limited; each has a timeout.
import type { Millis } from '@oarlock/core'
import { RedisUnavailableError } from './errors.ts'

/** The total size of pending commands, in bytes. A larger command is sent only when no other is pending. */
const maxBytes = 64 * 1024 * 1024

export interface PendingLimits {
  readonly commandTimeout: Millis
  readonly maxPending: number
}

export interface CommandHandlers {
  readonly send: (args: readonly (string | Buffer)[]) => Promise<unknown>
  /** Redis has answered, perhaps after the timeout. */
  readonly answered: () => void
  /** Returns the error to reject with. Null: the connection is lost, which rejects all pending commands. */
  readonly failed: (error: Error) => Error | null
  /** The timeout has passed. */
  readonly timedOut: () => void
}

export class PendingCommands {
  readonly #limits: PendingLimits
  readonly #waiting = new Set<{ readonly giveUp: (why: string) => void }>()
  /** Includes commands that timed out, since Redis may still be working on them. */
  #count = 0
  #bytes = 0

  constructor(limits: PendingLimits) {
    this.#limits = limits
  }

  send(args: readonly (string | Buffer)[], handlers: CommandHandlers): Promise<unknown> {
    const { commandTimeout, maxPending } = this.#limits
    const bytes = args.reduce((sum, arg) => sum + arg.length, 0)
    if (this.#count >= maxPending || (this.#count > 0 && this.#bytes + bytes > maxBytes))
      return Promise.reject(
        new RedisUnavailableError(
          'too many commands await an answer from Redis: this command was not sent',
          'not-applied',
        ),
      )
    this.#count++
    this.#bytes += bytes
    return new Promise((resolve, reject) => {
      const finish = (outcome: () => void): void => {
        clearTimeout(timer)
        if (this.#waiting.delete(waiting)) outcome()
      }
      const answered = (outcome: () => void): void => {
        this.#count--
        this.#bytes -= bytes
        handlers.answered()
        finish(outcome)
      }
      const waiting = {
        giveUp: (why: string) => finish(() => reject(new RedisUnavailableError(why, 'unknown'))),
      }
      this.#waiting.add(waiting)
      const timer = setTimeout(() => {
        // If the process was suspended, first read the answers that arrived meanwhile.
        setImmediate(() => {
          if (!this.#waiting.has(waiting)) return
          waiting.giveUp(`Redis did not answer within ${commandTimeout} ms`)
          handlers.timedOut()
        })
      }, commandTimeout)
      handlers.send(args).then(
        (reply) => answered(() => resolve(reply)),
        (error: Error) => {
          const rejection = handlers.failed(error)
          if (rejection !== null) answered(() => reject(rejection))
        },
      )
    })
  }

  /** Rejects all of them: their answers can no longer arrive. */
  giveUp(why: string): void {
    for (const waiting of [...this.#waiting]) waiting.giveUp(why)
  }
}

// One line per cause and minute. Repetitions are counted, and the next line about the cause has their number.
import type { Millis } from '@oarlock/core'
import type { Logger } from '@oarlock/runtime'

const quietFor: Millis = 60_000
/** Anyone who can connect can produce new causes, so the oldest are forgotten. */
const maxCauses = 256

export class RateLimitedLog {
  readonly #logger: Logger | undefined
  readonly #causes = new Map<string, { readonly since: Millis; repeats: number }>()

  constructor(logger: Logger | undefined) {
    this.#logger = logger
  }

  /** Warns, unless it has warned about the same cause in the last minute. */
  warn(cause: string, fields: object, message: string): void {
    if (this.#logger === undefined) return
    const now = performance.now()
    const known = this.#causes.get(cause)
    if (known !== undefined && now - known.since < quietFor) {
      known.repeats++
      return
    }
    this.#causes.delete(cause)
    const [oldest] = this.#causes.keys()
    if (oldest !== undefined && this.#causes.size >= maxCauses) this.#causes.delete(oldest)
    this.#causes.set(cause, { since: now, repeats: 0 })
    const repeats = known?.repeats ?? 0
    this.#logger.warn(repeats > 0 ? { ...fields, repeats } : fields, message)
  }

  /** The cause is gone. If it returns, it is logged at once. */
  resolved(cause: string): void {
    this.#causes.delete(cause)
  }

  debug(fields: object, message: string): void {
    this.#logger?.debug(fields, message)
  }
}

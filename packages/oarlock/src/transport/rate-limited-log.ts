// One line per cause and minute. Repetitions are counted, and the next line about the cause has their number.
import type { Millis } from '@oarlock/core'
import type { EventLogger, InfoFields, WarnFields } from '@oarlock/runtime'

const quietFor: Millis = 60_000
/** The oldest are forgotten. */
const maxCauses = 256
/** Anyone who can connect can make up causes, so these lines have a limit of their own, per minute. */
const maxLinesAboutStrangers = 10

export class RateLimitedLog {
  readonly #logger: EventLogger | undefined
  readonly #causes = new Map<string, { readonly since: Millis; repeats: number }>()
  #strangers = { since: Number.NEGATIVE_INFINITY, lines: 0, omitted: 0 }

  constructor(logger: EventLogger | undefined) {
    this.#logger = logger
  }

  /** Warns, unless it has warned about the same cause in the last minute. */
  warn(cause: string, fields: WarnFields, message: string): void {
    if (this.#logger === undefined || this.#isRepeated(cause)) return
    const repeats = this.#causes.get(cause)?.repeats ?? 0
    this.#causes.delete(cause)
    const [oldest] = this.#causes.keys()
    if (oldest !== undefined && this.#causes.size >= maxCauses) this.#causes.delete(oldest)
    this.#causes.set(cause, { since: performance.now(), repeats: 0 })
    this.#logger.warn(repeats > 0 ? { ...fields, repeats } : fields, message)
  }

  /**
   * As `warn`, about a connection that may come from anyone. At most ten lines a minute, whatever the causes;
   * a later line has the number of those that were omitted.
   */
  warnOfStranger(cause: string, fields: WarnFields, message: string): void {
    if (this.#logger === undefined || this.#isRepeated(cause)) return
    const now = performance.now()
    if (now - this.#strangers.since >= quietFor)
      this.#strangers = { since: now, lines: 0, omitted: this.#strangers.omitted }
    const { lines, omitted } = this.#strangers
    if (lines >= maxLinesAboutStrangers) {
      this.#strangers.omitted++
      return
    }
    this.#strangers.lines++
    this.#strangers.omitted = 0
    this.warn(cause, omitted > 0 ? { ...fields, omitted } : fields, message)
  }

  #isRepeated(cause: string): boolean {
    const known = this.#causes.get(cause)
    if (known === undefined || performance.now() - known.since >= quietFor) return false
    known.repeats++
    return true
  }

  /** The cause is gone. If it returns, it is logged at once. */
  resolved(cause: string): void {
    this.#causes.delete(cause)
  }

  info(fields: InfoFields, message: string): void {
    this.#logger?.info(fields, message)
  }

  debug(fields: object, message: string): void {
    this.#logger?.debug(fields, message)
  }
}

// Logs to several loggers, to each of them once.
import type { ErrorFields, EventLogger, InfoFields, WarnFields } from '@oarlock/runtime'

export class FanOutLogger implements EventLogger {
  /** How often each logger was added. */
  readonly #loggers = new Map<EventLogger, number>()

  add(logger: EventLogger | undefined): void {
    if (logger !== undefined) this.#loggers.set(logger, (this.#loggers.get(logger) ?? 0) + 1)
  }

  remove(logger: EventLogger | undefined): void {
    if (logger === undefined) return
    const count = (this.#loggers.get(logger) ?? 0) - 1
    if (count > 0) this.#loggers.set(logger, count)
    else this.#loggers.delete(logger)
  }

  debug(fields: object, message: string): void {
    for (const logger of this.#loggers.keys()) logger.debug(fields, message)
  }

  info(fields: InfoFields, message: string): void {
    for (const logger of this.#loggers.keys()) logger.info(fields, message)
  }

  warn(fields: WarnFields, message: string): void {
    for (const logger of this.#loggers.keys()) logger.warn(fields, message)
  }

  error(fields: ErrorFields, message: string): void {
    for (const logger of this.#loggers.keys()) logger.error(fields, message)
  }
}

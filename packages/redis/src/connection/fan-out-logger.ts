// Logs to several loggers, to each of them once.
import type { Logger } from '@oarlock/runtime'

export class FanOutLogger implements Logger {
  /** How often each logger was added. */
  readonly #loggers = new Map<Logger, number>()

  add(logger: Logger | undefined): void {
    if (logger !== undefined) this.#loggers.set(logger, (this.#loggers.get(logger) ?? 0) + 1)
  }

  remove(logger: Logger | undefined): void {
    if (logger === undefined) return
    const count = (this.#loggers.get(logger) ?? 0) - 1
    if (count > 0) this.#loggers.set(logger, count)
    else this.#loggers.delete(logger)
  }

  debug(fields: object, message: string): void {
    for (const logger of this.#loggers.keys()) logger.debug(fields, message)
  }

  info(fields: object, message: string): void {
    for (const logger of this.#loggers.keys()) logger.info(fields, message)
  }

  warn(fields: object, message: string): void {
    for (const logger of this.#loggers.keys()) logger.warn(fields, message)
  }

  error(fields: object, message: string): void {
    for (const logger of this.#loggers.keys()) logger.error(fields, message)
  }
}

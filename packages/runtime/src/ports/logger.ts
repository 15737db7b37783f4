/** The part of pino's interface that is used here. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Nest's Logger, and others that take text. */
export interface TextLogger {
  debug?(message: string): void
  log(message: string): void
  warn(message: string): void
  error(message: string, stack?: string): void
}

/** pino's interface, console and winston (which take the message first), or Nest's Logger. */
export type LoggerOption = Logger | TextLogger

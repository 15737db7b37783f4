// The default logger.
import type { Logger } from './ports/index.ts'

/** Logs nothing but errors, to the console: a member that had to stop must not go unnoticed. */
export const quietLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error(fields, message) {
    console.error(message, fields)
  },
}

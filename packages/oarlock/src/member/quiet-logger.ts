// The logger of those who gave none.
import type { Logger } from './ports.ts'

/** Says nothing, but for what nobody may miss: that there is something that had to stop. */
export const quietLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error(fields, message) {
    console.error(message, fields)
  },
}

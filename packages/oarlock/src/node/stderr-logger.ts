// The default logger: warnings and errors to stderr, each in one readable line.
import type { Clock, Logger } from '@oarlock/runtime'
import { LimitedLines } from './limited-lines.ts'
import { lineOf } from './log-line.ts'

/** Writes whole lines. The clock's timers must not keep the process alive. */
export function lineLogger(write: (line: string) => void, clock: Clock): Logger {
  const warnings = new LimitedLines(write, clock)
  const errors = new LimitedLines(write, clock)
  return {
    debug() {},
    info() {},
    warn: (fields, message) => warnings.add(lineOf('warning', fields, message)),
    error: (fields, message) => errors.add(lineOf('error', fields, message)),
  }
}

/** One for the process, so that its members share the limit. */
export const stderrLogger: Logger = lineLogger((line) => process.stderr.write(line), {
  now: () => performance.now(),
  at(at, callback) {
    const timer = setTimeout(callback, at - performance.now())
    timer.unref()
    return () => clearTimeout(timer)
  },
})

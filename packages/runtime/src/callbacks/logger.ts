// The application's logger, as its other parts call it. Whatever it does, no member stops for it.

import { isThenable, mustBe, type Rule } from '../options/index.ts'
import type { EventLogger, Logger, LoggerOption, TextLogger } from '../ports/index.ts'

type Level = keyof Logger

/** Writes one line. */
type Write = (level: Level, fields: object, message: string) => unknown

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((name) => typeof Reflect.get(value, name) === 'function')

const hasLevels = (value: unknown): value is Logger => has(value, 'debug', 'info', 'warn', 'error')

const isTextLogger = (value: unknown): value is TextLogger => has(value, 'log', 'warn', 'error')

/** The loggers that `guardedLogger` can use. */
export const loggerRule: Rule = mustBe(
  "an object with the methods debug, info, warn and error, such as a pino, or Nest's Logger",
  (value) => hasLevels(value) || isTextLogger(value),
)

/** The console and winston take the message first. Their methods have the same names as pino's. */
const takesMessageFirst = (logger: object): boolean =>
  has(logger, 'table', 'group') || Array.isArray(Reflect.get(logger, 'transports'))

// The methods are looked up at each call: pino replaces them when its level changes.
function writerOf(logger: LoggerOption): Write {
  if (!hasLevels(logger)) return textWriter(logger)
  if (takesMessageFirst(logger)) {
    const other = logger as unknown as Record<Level, (message: string, fields: object) => unknown>
    return (level, fields, message) => other[level](message, fields)
  }
  return (level, fields, message) => logger[level](fields, message)
}

const textWriter =
  (logger: TextLogger): Write =>
  (level, fields, message) => {
    const line = lineOf(fields, message)
    if (level === 'error') return logger.error(line, stackIn(fields))
    if (level === 'info') return logger.log(line)
    return level === 'warn' ? logger.warn(line) : logger.debug?.(line)
  }

function lineOf({ event: _, ...fields }: { readonly event?: unknown }, message: string): string {
  // A message that is a sentence says what its fields say.
  if (message.endsWith('.')) return message
  const facts = Object.entries(fields).map(
    ([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`,
  )
  return facts.length === 0 ? message : `${message} (${facts.join(', ')})`
}

const stackIn = (fields: object): string | undefined =>
  Object.values(fields).find((value) => value instanceof Error)?.stack

/**
 * Calls the application's logger. If that throws, or returns a promise that is rejected, the line is lost,
 * and the first failure is reported on the console.
 */
export function guardedLogger(logger: LoggerOption): EventLogger {
  const known = guards.get(logger)
  if (known !== undefined) return known
  const guard = guardOf(logger)
  guards.set(logger, guard)
  return guard
}

/** One for each logger, so that users of the same logger can tell that it is the same. */
const guards = new WeakMap<LoggerOption, EventLogger>()

function guardOf(logger: LoggerOption): EventLogger {
  const write = writerOf(logger)
  let isReported = false
  const failed = (cause: unknown): void => {
    if (isReported) return
    isReported = true
    console.error('the logger that was handed in failed, and lines of the log are lost:', cause)
  }
  const guarded =
    (level: Level): Logger[Level] =>
    (fields, message) => {
      try {
        const written = write(level, fields, message)
        if (isThenable(written)) written.then(undefined, failed)
      } catch (cause) {
        failed(cause)
      }
    }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}

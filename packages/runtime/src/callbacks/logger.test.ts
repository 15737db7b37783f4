import { describe, expect, it, vi } from 'vitest'
import type { EventLogger, LoggerOption } from '../ports/index.ts'
import { guardedLogger, loggerRule } from './logger.ts'

/** What a logger with these methods is called with. */
function recording<Name extends string>(...names: Name[]) {
  const calls: unknown[][] = []
  const method = (name: Name) => [name, (...args: unknown[]) => void calls.push([name, ...args])]
  return {
    calls,
    logger: Object.fromEntries(names.map(method)) as Record<Name, (...args: unknown[]) => void>,
  }
}

const cause = new Error('of the disk')

function logAll(log: EventLogger): void {
  log.debug({}, 'nothing')
  log.info({ event: 'leadership-began', id: 'a', fence: 3 }, 'leadership begins')
  log.warn({ event: 'peer-slow', ids: ['a', 'b'] }, 'slow')
  log.error({ event: 'stopped', id: 'a', cause }, 'stopped')
}

describe('a logger of the application', () => {
  it('that is a pino gets fields and message, also after pino has replaced its methods', () => {
    const { calls, logger } = recording('debug', 'info', 'warn', 'error')
    const log = guardedLogger(logger)
    logger.debug = () => {}
    logAll(log)
    expect(calls).toEqual([
      ['info', { event: 'leadership-began', id: 'a', fence: 3 }, 'leadership begins'],
      ['warn', { event: 'peer-slow', ids: ['a', 'b'] }, 'slow'],
      ['error', { event: 'stopped', id: 'a', cause }, 'stopped'],
    ])
  })

  it.each([
    ['the console', { table() {}, group() {} }],
    ['a winston', { transports: [] }],
  ])('that is %s gets the message first', (_, more) => {
    const { calls, logger } = recording('debug', 'info', 'warn', 'error')
    logAll(guardedLogger(Object.assign(logger, more)))
    expect(calls[1]).toEqual(['info', 'leadership begins', { event: 'leadership-began', id: 'a', fence: 3 }])
  })

  it("that is Nest's Logger, without info, gets the fields in the text, and errors with their stack", () => {
    const { calls, logger } = recording('debug', 'log', 'warn', 'error')
    const log = guardedLogger(logger)
    logAll(log)
    log.warn({ event: 'peer-refused', id: 'a', peer: 'b' }, 'a refuses b: they disagree.')
    expect(calls).toEqual([
      ['debug', 'nothing'],
      ['log', 'leadership begins (id="a", fence=3)'],
      ['warn', 'slow (ids=["a","b"])'],
      ['error', 'stopped (id="a", cause=of the disk)', cause.stack],
      ['warn', 'a refuses b: they disagree.'],
    ])
  })

  it('may have no debug, like other loggers of Nest', () => {
    const { calls, logger } = recording('log', 'warn', 'error')
    logAll(guardedLogger(logger))
    expect(calls).toHaveLength(3)
  })

  it('may throw or reject: that is reported once, on the console', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
    const logger = {
      debug: () => Promise.reject(cause),
      info() {
        throw cause
      },
      warn() {},
      error() {
        throw cause
      },
    }
    logAll(guardedLogger(logger as unknown as LoggerOption))
    await new Promise(setImmediate)
    expect(reported.mock.calls).toEqual([[expect.stringMatching(/lines of the log are lost/), cause]])
    reported.mockRestore()
  })

  it.each([[{ info() {} }], [{ log() {} }], [null], [() => {}], [[]]])('cannot be %o', (value) =>
    expect(loggerRule(value, 'logger')).toMatch(
      /^logger must be an object with the methods debug, info, warn/,
    ),
  )
})

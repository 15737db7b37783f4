import { FakeClock } from '@oarlock/test-support/fake-clock'
import { describe, expect, it } from 'vitest'
import { LogWriteError } from '../index.ts'
import { linesInMinute } from './limited-lines.ts'
import { lineLogger } from './stderr-logger.ts'

function setUp() {
  const clock = new FakeClock()
  const lines: string[] = []
  const logger = lineLogger((line) => lines.push(line), clock)
  return { logger, clock, lines }
}

describe('the default logger', () => {
  it('is quiet but for warnings and errors', () => {
    const { logger, lines } = setUp()
    logger.debug({ id: 'a' }, 'role')
    logger.info({ id: 'a' }, 'leadership begins')
    expect(lines).toEqual([])
  })

  it('writes a warning in one line, with the fields that the message does not say', () => {
    const { logger, lines } = setUp()
    logger.warn({ id: 'a', peer: 'b', forMs: 7 }, 'a refuses b: they disagree.')
    logger.warn({ event: 'lead-tasks-late', id: 'a', drainTimeout: 5000 }, 'lead tasks did not end in time')
    logger.warn(
      { peer: 'b', address: '10.0.0.2:7401', retryInMs: 479.123 },
      "cannot reach 'b' at 10.0.0.2:7401",
    )
    expect(lines).toEqual([
      'oarlock warning: a refuses b: they disagree.\n',
      'oarlock warning: a: lead tasks did not end in time (drainTimeout=5000)\n',
      "oarlock warning: cannot reach 'b' at 10.0.0.2:7401 (retryInMs=479.1)\n",
    ])
  })

  it('writes an error in one line, with its causes, its code and where it began', () => {
    const { logger, lines } = setUp()
    const err = new LogWriteError('the log could not be written', { cause: new Error('ENOSPC') })
    logger.error({ id: 'a', err }, 'the member had to stop')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^oarlock error: a: the member had to stop: the log could not be written: ENOSPC \(OARLOCK_LOG_WRITE\), at .*stderr-logger\.test\.ts:\d+:\d+\)?\n$/,
    )
  })

  it('writes no long line, and no control characters of a stranger', () => {
    const { logger, lines } = setUp()
    logger.warn({ peer: `x\n\u001b[2J${'y'.repeat(5000)}` }, 'refused a connection')
    logger.warn({}, 'z'.repeat(5000))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(1002)
    expect(lines[0]).toMatch(/^oarlock warning: refused a connection \(peer=x\\u000a\\u001b\[2Jy+…\)\n$/)
    expect(lines[0]!.length).toBeLessThan(300)
  })

  it('summarises a warning that comes again, whatever its figures', () => {
    const { logger, clock, lines } = setUp()
    for (let n = 1; n <= 42; n++) logger.warn({}, `no leader for ${n} s`)
    expect(lines).toEqual(['oarlock warning: no leader for 1 s\n'])
    clock.advance(60_000)
    expect(lines.slice(1)).toEqual(['oarlock warning: no leader for 1 s (41 times more within a minute)\n'])
  })

  it('says once a minute what goes on, and begins anew when it has stopped', () => {
    const { logger, clock, lines } = setUp()
    for (let n = 1; n <= 180; n++) {
      logger.warn({}, 'again')
      clock.advance(1000)
    }
    expect(lines).toEqual([
      'oarlock warning: again\n',
      'oarlock warning: again (59 times more within a minute)\n',
      'oarlock warning: again (60 times more within a minute)\n',
      'oarlock warning: again (60 times more within a minute)\n',
    ])
    clock.advance(120_000)
    logger.warn({}, 'again')
    expect(lines).toHaveLength(5)
    expect(lines[4]).toBe('oarlock warning: again\n')
  })

  it('writes not more than some lines a minute, and never leaves out an error for warnings', () => {
    const { logger, clock, lines } = setUp()
    const letters = (n: number) => String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))
    for (let n = 0; n < 500; n++) logger.warn({}, `warning ${letters(n)}`)
    expect(lines).toHaveLength(linesInMinute)
    logger.error({}, 'the member had to stop')
    expect(lines).toHaveLength(linesInMinute + 1)
    clock.advance(60_000)
    expect(lines.at(-1)).toBe(
      'oarlock: 480 more lines were left out within a minute. Pass a logger to see all.\n',
    )
    logger.warn({}, 'another minute')
    expect(lines.at(-1)).toBe('oarlock warning: another minute\n')
  })
})

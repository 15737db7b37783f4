import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RateLimitedLog } from './rate-limited-log.ts'

let now = 0
beforeEach(() => {
  now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => vi.restoreAllMocks())

const peer = { event: 'peer-slow' } as const
const stranger = { event: 'connection-refused' } as const

function setUp() {
  const lines: object[] = []
  const none = () => {}
  const log = new RateLimitedLog({
    debug: none,
    info: none,
    error: none,
    warn: (fields, message) => lines.push({ ...fields, message }),
  })
  return { log, lines }
}

describe('a log with a limited rate', () => {
  it('has one line per cause and minute, and then the number of repetitions', () => {
    const { log, lines } = setUp()
    for (const cause of ['x', 'x', 'y', 'x']) log.warn(cause, peer, cause)
    now = 60_000
    log.warn('x', peer, 'x')
    expect(lines).toEqual([
      { ...peer, message: 'x' },
      { ...peer, message: 'y' },
      { ...peer, message: 'x', repeats: 2 },
    ])
  })

  it('has a line at once about a cause that returns', () => {
    const { log, lines } = setUp()
    log.warn('x', peer, 'x')
    log.resolved('x')
    log.warn('x', peer, 'x')
    expect(lines).toHaveLength(2)
  })

  it('has ten lines a minute about strangers, whatever they make up, and then how many are missing', () => {
    const { log, lines } = setUp()
    for (let n = 0; n < 300; n++) log.warnOfStranger(`stranger ${n}`, stranger, 'refused')
    expect(lines).toHaveLength(10)
    now = 60_000
    log.warnOfStranger('another', stranger, 'refused')
    expect(lines.at(-1)).toEqual({ ...stranger, message: 'refused', omitted: 290 })
    log.warn('a peer', peer, 'slow')
    expect(lines).toHaveLength(12)
  })
})

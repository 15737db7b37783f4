import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it, vi } from 'vitest'
import { Stalls } from './stalls.ts'

function setUp(isolated = false) {
  const clock = new FakeClock()
  const warn = vi.fn<(fields: object, message: string) => void>()
  const logger = { debug() {}, info() {}, warn, error() {} }
  const stalls = new Stalls({ id: 'a', electionTimeout: 500, isolated, clock, logger })
  return { clock, stalls, lines: () => warn.mock.calls.map(([, message]) => message), calls: warn.mock.calls }
}

it('a stall is compared with the election timeout, and the line says what helps', () => {
  const { stalls, lines, calls } = setUp()
  stalls.stalled(300.4)
  expect(lines()).toEqual([
    'a did nothing for 300 ms: its event loop was blocked, or the process did not run. That is at least half of its election timeout (500 ms). A leader that is blocked for longer than that loses its leadership. Do long work in pieces or elsewhere, give the machine more processor time, or give the member a thread of its own with the option isolate: true.',
  ])
  expect(calls[0]![0]).toMatchObject({ id: 'a', delay: 300, electionTimeout: 500 })
})

it('a stall that is longer than the election timeout may have cost the leadership', () => {
  const { stalls, lines } = setUp()
  stalls.stalled(1_200)
  expect(lines()).toEqual([
    expect.stringMatching(
      /^a did nothing for 1\.2 s: .* longer than its election timeout \(500 ms\)\. .*may have elected another leader/,
    ),
  ])
})

it('a member with a thread of its own is not told to take one', () => {
  const { stalls, lines } = setUp(true)
  stalls.stalled(1_200)
  expect(lines()).toEqual([
    expect.stringMatching(
      /^a did nothing .*: its thread was blocked.* The machine is short of processor time/,
    ),
  ])
  expect(lines()[0]).not.toContain('isolate')
})

it('there is one line a minute, which counts the others, unless a stall is much longer', () => {
  const { stalls, clock, lines } = setUp()
  stalls.stalled(300)
  stalls.stalled(599)
  expect(lines()).toHaveLength(1)
  stalls.stalled(600)
  expect(lines()[1]).toMatch(/^a did nothing for 600 ms.* More such delays since the last line: 1\.$/)
  clock.advance(59_999)
  stalls.stalled(300)
  expect(lines()).toHaveLength(2)
  clock.advance(1)
  stalls.stalled(300)
  expect(lines()[2]).toMatch(/^a did nothing for 300 ms/)
})

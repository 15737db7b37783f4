import { index } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it, vi } from 'vitest'
import { ReplayLog } from './member-replay.ts'

function setUp(from: number, last: number) {
  const clock = new FakeClock()
  const info = vi.fn()
  const logger = { debug() {}, info, warn() {}, error() {} }
  const log = new ReplayLog({ id: 'a', clock, logger, from: index(from), last: index(last) })
  const look = (ms: number, applied: number) => {
    clock.advance(ms)
    log.look(index(applied))
  }
  return { info, look }
}

it('a replay says every two seconds how far it is, and when it is over', () => {
  const { info, look } = setUp(1000, 5000)
  look(60_000, 1000)
  for (let n = 1; n <= 7; n++) look(400, 1000 + n * 400)
  expect(info.mock.calls).toEqual([
    [
      { event: 'log-replaying', id: 'a', applied: 3000, last: 5000, percent: 50, entriesPerSecond: 1000 },
      'the log is being replayed',
    ],
  ])
  look(2000, 5001)
  look(6000, 9000)
  expect(info.mock.calls.slice(1)).toEqual([
    [{ event: 'log-replayed', id: 'a', entries: 4000, took: 4800 }, 'the log is replayed'],
  ])
})

it('a start with nothing to replay says nothing', () => {
  const { info, look } = setUp(10, 10)
  look(0, 10)
  look(6000, 400)
  expect(info).not.toHaveBeenCalled()
})

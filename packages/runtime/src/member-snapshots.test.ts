import { completeConfig, index, term } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it, vi } from 'vitest'
import { snapshotLog, warningOfLongLog } from './member-snapshots.ts'
import { SnapshotMeter } from './meters/index.ts'

it('a member without snapshots warns once, when its log has passed 1 GB', () => {
  const warn = vi.fn()
  const logger = { debug() {}, info() {}, warn, error() {} }
  const apply = warningOfLongLog({ logger, config: completeConfig({ id: 'a' }) })(() => 'result')
  const context = { index: index(1), term: term(1), leaderTime: 0 }
  const command = new Uint8Array(250e6)
  for (let n = 1; n <= 3; n++) expect(apply(command, context)).toBe('result')
  expect(warn).not.toHaveBeenCalled()
  for (let n = 1; n <= 6; n++) apply(command, context)
  expect(warn.mock.calls).toEqual([
    [
      { event: 'log-long', id: 'a', bytes: 1e9 },
      expect.stringMatching(/^the log of 'a' has passed 1 GB, .* offers no snapshots/),
    ],
  ])
})

it('a restore says every two seconds how far it is, and when it is over', () => {
  const clock = new FakeClock()
  const info = vi.fn()
  const logger = { debug() {}, info, warn() {}, error() {} }
  const log = snapshotLog({ logger, id: 'a', clock, meter: new SnapshotMeter(), tell() {} })
  const read = (what: 'checking' | 'restoring') => {
    for (const bytes of [100, 400, 900, 1000]) {
      log[what]!(bytes, 1000)
      clock.advance(1000)
    }
  }
  read('checking')
  read('restoring')
  log.replaying!(index(10), index(20), index(110))
  clock.advance(2000)
  log.replaying!(index(10), index(60), index(110))
  log.restored!({ index: index(110), term: term(1) })
  const progress = { id: 'a', read: 900, bytes: 1000, percent: 90, bytesPerSecond: 450 }
  expect(info.mock.calls).toEqual([
    [
      { event: 'snapshot-checking', ...progress },
      'the only snapshot is being checked, before the state machine is restored from it',
    ],
    [{ event: 'snapshot-restoring', ...progress }, 'the state machine is being restored from a snapshot'],
    [
      { event: 'log-replaying', id: 'a', applied: 60, last: 110, percent: 50, entriesPerSecond: 25 },
      'the log is being replayed',
    ],
    [
      { event: 'snapshot-restored', id: 'a', index: 110, took: 6000 },
      'the state machine is restored from a snapshot',
    ],
  ])
})

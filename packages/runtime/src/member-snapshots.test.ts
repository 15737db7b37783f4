import { completeConfig, index, term } from '@oarlock/core'
import { expect, it, vi } from 'vitest'
import { warningOfLongLog } from './member-snapshots.ts'

it('a member without snapshots warns once, when its log has passed 1 GB', () => {
  const warn = vi.fn()
  const logger = { debug() {}, info() {}, warn, error() {} }
  const apply = warningOfLongLog(() => 'result', { logger, config: completeConfig({ id: 'a' }) })
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

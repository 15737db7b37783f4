import { index, type ProgressView } from '@oarlock/core'
import { expect, it } from 'vitest'
import { CatchUp } from './catch-up.ts'

const progress = (match: number, over: Partial<ProgressView> = {}) =>
  ({ match: index(match), state: 'replicate', recentActive: true, ...over }) as ProgressView

it('a newcomer has caught up after a round that took no longer than an election timeout', () => {
  const catchUp = new CatchUp(100)
  expect(catchUp.look('d', progress(0), index(50), 0)).toBe(false)
  // The first round, up to 50, is long; the log has grown to 80 meanwhile.
  expect(catchUp.look('d', progress(40), index(80), 900)).toBe(false)
  expect(catchUp.look('d', progress(50), index(80), 1000)).toBe(false)
  expect(catchUp.look('d', progress(70), index(90), 1050)).toBe(false)
  expect(catchUp.look('d', progress(80), index(95), 1100)).toBe(true)
})

it('a newcomer that is probed, is sent a snapshot or does not answer has not caught up', () => {
  for (const over of [{ state: 'probe' }, { state: 'snapshot' }, { recentActive: false }] as const) {
    const catchUp = new CatchUp(100)
    catchUp.look('d', progress(9), index(9), 0)
    expect(catchUp.look('d', progress(9, over), index(9), 1)).toBe(false)
  }
})

it('a newcomer that was forgotten begins again', () => {
  const catchUp = new CatchUp(100)
  catchUp.look('d', progress(9), index(9), 0)
  catchUp.keep(new Set())
  expect(catchUp.look('d', progress(9), index(9), 1)).toBe(false)
})

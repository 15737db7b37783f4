import { expect, test } from 'vitest'
import { BackOff, defaultRetryDelays } from './back-off.ts'

const take = (times: number, next: () => number): number[] => Array.from({ length: times }, next)

test('the bound doubles from 20 ms to half a second, and begins again after a reset', () => {
  const backOff = new BackOff(defaultRetryDelays, () => 1)
  expect(backOff.atLongest).toBe(false)
  expect(take(7, () => backOff.next())).toEqual([20, 40, 80, 160, 320, 500, 500])
  expect(backOff.atLongest).toBe(true)
  backOff.reset()
  expect(backOff.next()).toBe(20)
})

test('a delay is random, up to the bound', () => {
  const draws = [0, 0.5, 0.25]
  const backOff = new BackOff(defaultRetryDelays, () => draws.shift() ?? 0)
  expect(take(3, () => backOff.next())).toEqual([0, 20, 20])
})

test('after a refusal the delay is between half the bound and the bound, and does not count as a retry', () => {
  let draw = 0
  const backOff = new BackOff(defaultRetryDelays, () => draw)
  expect(backOff.nextAfterRefusal()).toBe(2500)
  draw = 1
  expect(backOff.nextAfterRefusal()).toBe(5000)
  expect(backOff.next()).toBe(20)
})

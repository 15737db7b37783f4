import { expect, it } from 'vitest'
import { twoLeaders } from './leadership-periods.ts'

const period = (from: number, until: number = Number.POSITIVE_INFINITY) => ({ id: 'any', from, until })

it('there are no two leaders if one ends before the next begins, or at the same time', () => {
  expect(twoLeaders([period(0, 10), period(10, 20), period(25)], 0, 100)).toBe(0)
})
it('two leaders count from the second beginning to the first end', () => {
  expect(twoLeaders([period(0, 30), period(20, 40)], 0, 100)).toBe(10)
  expect(twoLeaders([period(20, 25), period(0)], 0, 100)).toBe(5)
})
it('three leaders count like two', () => {
  expect(twoLeaders([period(0, 30), period(10, 20), period(15, 40)], 0, 100)).toBe(20)
})
it('only the given time counts', () => {
  expect(twoLeaders([period(0), period(0)], 90, 100)).toBe(10)
  expect(twoLeaders([period(0, 50), period(0, 50)], 90, 100)).toBe(0)
})

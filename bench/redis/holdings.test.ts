import { expect, it } from 'vitest'
import { twoLeaders } from './holdings.ts'

const holding = (from: number, until: number = Number.POSITIVE_INFINITY) => ({ id: 'any', from, until })

it('there are not two leaders where one ends before another begins, or as it does', () => {
  expect(twoLeaders([holding(0, 10), holding(10, 20), holding(25)], 0, 100)).toBe(0)
})
it('two leaders are counted from the second beginning to the first end', () => {
  expect(twoLeaders([holding(0, 30), holding(20, 40)], 0, 100)).toBe(10)
  expect(twoLeaders([holding(20, 25), holding(0)], 0, 100)).toBe(5)
})
it('three leaders are no more than two', () => {
  expect(twoLeaders([holding(0, 30), holding(10, 20), holding(15, 40)], 0, 100)).toBe(20)
})
it('only the time that was asked for counts', () => {
  expect(twoLeaders([holding(0), holding(0)], 90, 100)).toBe(10)
  expect(twoLeaders([holding(0, 50), holding(0, 50)], 90, 100)).toBe(0)
})

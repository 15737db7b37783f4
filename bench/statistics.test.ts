import { expect, it } from 'vitest'
import { ascending, median, medianRatio, quantile } from './statistics.ts'

it('a quantile is a value that was seen', () => {
  const sorted = ascending([30, 10, 20, 40])
  expect([0, 0.25, 0.5, 0.99, 1].map((q) => quantile(sorted, q))).toEqual([10, 20, 30, 40, 40])
  expect(quantile([], 0.5)).toBeNaN()
})

it('a median sorts by size, not by spelling', () => expect(median([9, 100, 10])).toBe(10))

it('a ratio compares within a round, and leaves out rounds that one side has no value for', () => {
  const slowThenFast = new Map([
    [0, 10],
    [1, 100],
    [2, 1000],
    [3, 5],
  ])
  const twice = new Map([
    [0, 20],
    [1, 200],
    [2, 2000],
  ])
  expect(medianRatio(twice, slowThenFast)).toBe(2)
})

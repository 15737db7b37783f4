import { expect, it } from 'vitest'
import { Histogram } from './histogram.ts'

it('counts a value in the first bucket whose bound it does not exceed, and the greatest in the last', () => {
  const histogram = new Histogram([1, 10])
  for (const value of [0, 1, 1.5, 10, 11, 1e9]) histogram.record(value)
  expect(histogram.snapshot()).toEqual({ bounds: [1, 10], counts: [2, 2, 2], count: 6, sum: 1e9 + 23.5 })
})

it('has snapshots that stay as they are', () => {
  const histogram = new Histogram([1])
  const before = histogram.snapshot()
  histogram.record(1)
  expect(before).toEqual({ bounds: [1], counts: [0, 0], count: 0, sum: 0 })
})

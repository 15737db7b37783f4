import { describe, expect, test } from 'vitest'
import { Random } from './random.ts'

const draws = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next())

describe('Random', () => {
  test('gives the same numbers for the same seed, and others for another seed', () => {
    expect(draws(new Random(7), 100)).toEqual(draws(new Random(7), 100))
    expect(draws(new Random(7), 100)).not.toEqual(draws(new Random(8), 100))
  })

  test('distinguishes seeds that differ only above 32 bits', () => {
    expect(draws(new Random(7), 10)).not.toEqual(draws(new Random(7 + 2 ** 40), 10))
  })

  test('splits into streams that do not depend on earlier draws', () => {
    const early = new Random(7).split('disk')
    const parent = new Random(7)
    draws(parent, 50)
    expect(draws(parent.split('disk'), 20)).toEqual(draws(early, 20))
  })

  test('splits by the whole path', () => {
    const streams = [
      new Random(7).split('a').split('b'),
      new Random(7).split('b').split('a'),
      new Random(7).split('ab'),
      new Random(7).split('a'),
      new Random(7),
    ]
    expect(new Set(streams.map((stream) => draws(stream, 4).join())).size).toBe(streams.length)
  })

  test('is uniform in [0, 1)', () => {
    const buckets = new Array<number>(10).fill(0)
    const random = new Random(3)
    for (let i = 0; i < 100_000; i++) {
      const value = random.next()
      expect(value >= 0 && value < 1).toBe(true)
      buckets[Math.floor(value * 10)]!++
    }
    for (const bucket of buckets) expect(Math.abs(bucket - 10_000)).toBeLessThan(500)
  })

  test('has the right exponential mean, ranges and permutations', () => {
    const random = new Random(5)
    const gaps = Array.from({ length: 20_000 }, () => random.exponential(4))
    expect(gaps.reduce((a, b) => a + b) / gaps.length).toBeCloseTo(4, 0)
    for (let i = 0; i < 1000; i++) {
      const between = random.logBetween(0.01, 100)
      expect(between >= 0.01 && between < 100).toBe(true)
    }
    expect(random.shuffled([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5])
  })
})

import { describe, expect, it } from 'vitest'
import { keptAsText, keptOf, numbersAsText, numbersOf } from './numbers.ts'

describe('numbers as text', () => {
  it('joins consecutive numbers', () => {
    expect(numbersAsText(new Set([9, 3, 7, 8, 12, 13]))).toBe('3,7-9,12,13')
    expect(numbersAsText(new Set())).toBe('')
  })

  it('is read back unchanged', () => {
    for (const numbers of [[1], [1, 2], [1, 2, 3], [2, 4, 5, 6, 100, 102]])
      expect([...numbersOf(numbersAsText(new Set(numbers)))]).toEqual(numbers)
  })

  it.each(['', '0', '3-', '-3', '7-3', '1,,2', 'x', '1.5', '1-999999999', ' 1'])('refuses %o', (text) => {
    expect(() => numbersOf(text)).toThrow(RangeError)
  })
})

describe('the kept actions', () => {
  it('are all actions by default', () => {
    expect(keptOf([])).toEqual({})
    expect(keptAsText({})).toEqual([])
  })

  it('are only the named ones if any are named', () => {
    expect(keptOf(['faults=3,7'])).toEqual({
      fault: new Set([3, 7]),
      change: new Set(),
      write: new Set(),
      read: new Set(),
    })
  })

  it('can be all of a kind', () => {
    expect(keptOf(['writes=all', 'faults=1'])).toEqual({
      fault: new Set([1]),
      change: new Set(),
      read: new Set(),
    })
  })

  it('is read back unchanged', () => {
    const none = {
      fault: new Set<number>(),
      change: new Set<number>(),
      write: new Set<number>(),
      read: new Set<number>(),
    }
    for (const kept of [
      {},
      none,
      { ...none, fault: new Set([3]) },
      { fault: new Set([1, 2]), read: new Set([9]) },
    ])
      expect(keptOf(keptAsText(kept))).toEqual(kept)
  })

  it.each([[['leaks=1']], [['faults']], [['nothing', 'faults=1']], [['faults=1', 'faults=2']], [['']]])(
    'refuses %o',
    (texts) => {
      expect(() => keptOf(texts)).toThrow(RangeError)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { InvariantError } from '../invariant.ts'
import { index } from '../types.ts'
import { Inflight } from './inflight.ts'

describe('an in-flight window', () => {
  it.each([
    ['messages', 2, 0],
    ['bytes', 100, 20],
  ])('that is full of %s takes no more, and says so', (_what, maxMessages, maxBytes) => {
    const window = new Inflight(maxMessages, maxBytes)
    window.add(index(1), 10)
    expect(window.full).toBe(false)
    window.add(index(2), 10)
    expect(window.full).toBe(true)
    expect(() => window.add(index(3), 10)).toThrow(InvariantError)
    window.freeUpTo(index(1))
    window.add(index(3), 10)
    expect([window.count, window.full]).toEqual([2, true])
  })
})

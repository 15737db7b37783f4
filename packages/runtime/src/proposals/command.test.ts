import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandOf, encodeCommands, isFrom, newOrigin, offsetOf, requestOf } from './command.ts'

describe('a command in an entry', () => {
  it('is read back with its request and its offset, for all their values', () => {
    const request = fc.oneof(
      fc.maxSafeNat().map((n) => n % 2 ** 47),
      fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 47),
    )
    const commands = fc.array(fc.uint8Array(), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(request, commands, (asked, bytes) => {
        const origin = newOrigin()
        const payloads = encodeCommands(
          origin,
          asked,
          bytes.map((command) => ({ command })),
        )
        payloads.forEach(({ type, data }, offset) => {
          expect(type).toBe('normal')
          expect(isFrom(origin, data)).toBe(true)
          expect(isFrom(newOrigin(), data)).toBe(false)
          expect(requestOf(data)).toBe(asked)
          expect(offsetOf(data)).toBe(offset)
          expect([...commandOf(data)]).toEqual([...bytes[offset]!])
        })
      }),
      { numRuns: 50 },
    )
  })

  it('of an unknown kind is refused', () => {
    expect(() => commandOf(new Uint8Array(30).fill(9))).toThrow(/kind 9/)
    expect(() => commandOf(new Uint8Array([1, 2]))).toThrow(/kind 1/)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  encodeCommands,
  isFrom,
  kindOf,
  newOrigin,
  offsetOf,
  plainCommand,
  requestOf,
  sessionCommand,
  timeOf,
  withTime,
} from './command.ts'

describe('a command in an entry', () => {
  it('is read back with its request and its offset, for all their values', () => {
    const request = fc.oneof(
      fc.maxSafeNat().map((n) => n % 2 ** 47),
      fc.constantFrom(0, 2 ** 31, 2 ** 32, 2 ** 47),
    )
    const commands = fc.array(fc.uint8Array(), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(request, commands, fc.nat(), (asked, bytes, time) => {
        const origin = newOrigin()
        const payloads = encodeCommands(
          origin,
          asked,
          bytes.map((command) => ({ command, kind: plainCommand })),
          time,
        )
        payloads.forEach(({ type, data }, offset) => {
          expect(type).toBe('normal')
          expect(isFrom(origin, data)).toBe(true)
          expect(isFrom(newOrigin(), data)).toBe(false)
          expect(requestOf(data)).toBe(asked)
          expect(offsetOf(data)).toBe(offset)
          expect([kindOf(data), timeOf(data)]).toEqual([plainCommand, time])
          expect([...bytesOf(data)]).toEqual([...bytes[offset]!])
        })
      }),
      { numRuns: 50 },
    )
  })

  it('of an earlier version has no time, and is read as ever', () => {
    const header = [...newOrigin(), 0, 0, 0, 0, 0, 7, 0, 0, 3]
    const data = Uint8Array.of(1, ...header, 4, 5)
    expect([kindOf(data), timeOf(data), requestOf(data), offsetOf(data)]).toEqual([plainCommand, 0, 7, 3])
    expect([...bytesOf(data)]).toEqual([4, 5])
    expect(withTime([{ type: 'normal', data }], 9)[0]!.data).toBe(data)
  })

  it('gets the time of the leader in a copy, as others may hold the bytes', () => {
    const origin = newOrigin()
    const commands = [Uint8Array.of(1), Uint8Array.of(2, 3)].map((command) => ({
      command,
      kind: sessionCommand as typeof sessionCommand,
    }))
    const entries = encodeCommands(origin, 5, commands, 0)
    const held = entries.map(({ data }) => [...data])
    const timed = withTime(entries, 2 ** 40 + 1)
    expect(timed.map(({ data }) => timeOf(data))).toEqual([2 ** 40 + 1, 2 ** 40 + 1])
    expect(timed.map(({ data }) => [...bytesOf(data)])).toEqual([[1], [2, 3]])
    expect(
      timed.map(({ data }) => [kindOf(data), requestOf(data), offsetOf(data), isFrom(origin, data)]),
    ).toEqual([
      [sessionCommand, 5, 0, true],
      [sessionCommand, 5, 1, true],
    ])
    expect(entries.map(({ data }) => [...data])).toEqual(held)
  })

  it('of another entry, such as a change of the membership, is left as it is', () => {
    const change = { type: 'configuration', data: new Uint8Array(40).fill(2) } as const
    expect(withTime([change, { type: 'normal', data: new Uint8Array(0) }], 5)[0]).toBe(change)
  })

  it('of an unknown kind is refused', () => {
    expect(() => kindOf(new Uint8Array(30).fill(9))).toThrow(/kind 9/)
    expect(() => kindOf(new Uint8Array([1, 2]))).toThrow(/kind 1/)
    expect(() => kindOf(new Uint8Array(20).fill(2))).toThrow(/kind 2/)
  })
})

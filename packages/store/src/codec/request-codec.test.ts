import { DecodeError } from '@oarlock/runtime'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { request } from '../../test/arbitrary.ts'
import { deepestTransaction } from '../model/request-limits.ts'
import type { Operation } from '../model/requests.ts'
import { decodeRequest, encodeRequest } from './request-codec.ts'

describe('a request', () => {
  it('is the same after it was bytes', () => {
    fc.assert(
      fc.property(request, (one) => {
        expect(decodeRequest(encodeRequest(one))).toEqual(one)
      }),
    )
  })

  it('has nothing of the bytes that it was read from', () => {
    const bytes = Buffer.from(
      encodeRequest({ type: 'put', key: Uint8Array.of(1), value: Uint8Array.of(2), lease: 0 }),
    )
    const read = decodeRequest(bytes)
    bytes.fill(9)
    expect(read).toMatchObject({ key: Uint8Array.of(1), value: Uint8Array.of(2) })
  })

  it('whose bytes are cut short, changed or made up is refused, or is another one', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(request, fc.nat(), fc.nat({ max: 255 })).map(([one, at, value]) => {
        const changed = encodeRequest(one)
        changed[at % changed.length] = value
        return changed
      }),
      fc.tuple(request, fc.nat()).map(([one, at]) => {
        const whole = encodeRequest(one)
        return whole.slice(0, at % whole.length)
      }),
    )
    fc.assert(
      fc.property(bytes, (some) => {
        try {
          const read = decodeRequest(some)
          expect(decodeRequest(encodeRequest(read))).toEqual(read)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused if its transactions are too deep, by both sides', () => {
    const nested = (depth: number): Operation =>
      depth === 0
        ? { type: 'delete', range: { from: new Uint8Array(0), before: null } }
        : { type: 'transaction', when: [], success: [nested(depth - 1)], failure: [] }
    expect(() => encodeRequest(nested(deepestTransaction + 1) as never)).toThrow(RangeError)
    const deepest = encodeRequest(nested(deepestTransaction) as never)
    expect(decodeRequest(deepest)).toMatchObject({ type: 'transaction' })
    const deeper = Uint8Array.of(3, 0, 1, ...deepest, 0)
    expect(() => decodeRequest(deeper)).toThrow(DecodeError)
  })
})

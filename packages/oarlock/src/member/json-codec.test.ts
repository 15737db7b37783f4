import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonCodec } from './json-codec.ts'

describe('the JSON codec', () => {
  it('decodes a value as it was', () => {
    const codec = jsonCodec<unknown>()
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        // The bytes before and after in the buffer do not belong to it.
        const bytes = codec.encode(value)
        const padded = new Uint8Array(bytes.length + 2)
        padded.set(bytes, 1)
        const back = codec.decode(padded.subarray(1, -1))
        expect(JSON.stringify(back)).toBe(JSON.stringify(value))
      }),
    )
  })

  it('refuses a value that JSON cannot hold', () => {
    const codec = jsonCodec<unknown>()
    for (const value of [undefined, () => 0, 1n]) expect(() => codec.encode(value)).toThrow(TypeError)
  })
})

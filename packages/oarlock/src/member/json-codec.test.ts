import { runInNewContext } from 'node:vm'
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

  it('leaves out a property that is undefined, which reads the same', () => {
    const codec = jsonCodec<unknown>()
    expect(codec.decode(codec.encode({ id: 1, note: undefined }))).toEqual({ id: 1 })
    expect(codec.encode(Object.assign(Object.create(null), { id: 1 }))).toEqual(Buffer.from('{"id":1}'))
  })

  it('takes plain objects of another realm', () => {
    const value: unknown = runInNewContext('({ ids: [1, { a: 2 }] })')
    expect(jsonCodec<unknown>().encode(value)).toEqual(Buffer.from('{"ids":[1,{"a":2}]}'))
  })

  class Invoice {
    readonly id = 1
  }
  const cycle: { self?: object } = {}
  cycle.self = cycle

  it.each<[value: unknown, message: RegExp]>([
    [undefined, /^the command is undefined, which JSON cannot hold$/],
    [() => 0, /^the command is a function, which JSON cannot hold$/],
    [{ a: { run() {} } }, /^the command.a.run is a function/],
    [{ tag: Symbol('x') }, /^the command.tag is a symbol/],
    [1n, /BigInt/],
    [cycle, /circular/],
    [Number.NaN, /^the command is NaN, which would become null in JSON$/],
    [{ sum: Number.POSITIVE_INFINITY }, /^the command.sum is Infinity/],
    [{ ids: [1, undefined] }, /^the command.ids\[1\] is undefined/],
    // biome-ignore lint/suspicious/noSparseArray: JSON would fill the hole with null
    [[1, , 2], /^the command\[1\] is undefined/],
    [new Map([[1, 2]]), /^the command is of class Map, which would change in JSON: write a plain object/],
    [{ ids: new Set([1]) }, /^the command.ids is of class Set/],
    [{ at: [{ day: new Date(0) }] }, /^the command.at\[0\].day is of class Date/],
    [{ bytes: new Uint8Array(2) }, /^the command.bytes is of class Uint8Array/],
    [new Invoice(), /^the command is of class Invoice/],
    [Object(5), /^the command is of class Number/],
    [{ error: new Error('x') }, /^the command.error is of class Error/],
  ])('refuses %o, and says where it is', (value, message) => {
    expect(() => jsonCodec<unknown>().encode(value)).toThrow(TypeError)
    expect(() => jsonCodec<unknown>().encode(value)).toThrow(message)
  })
})

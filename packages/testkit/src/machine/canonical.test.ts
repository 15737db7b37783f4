import { describe, expect, test } from 'vitest'
import { canonical, difference } from './canonical.ts'

describe('canonical', () => {
  test.each([
    [0, -0],
    [1, '1'],
    [null, undefined],
    [
      [1, [2]],
      [[1], 2],
    ],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [
      new Map([
        [1, 1],
        [2, 2],
      ]),
      new Map([
        [2, 2],
        [1, 1],
      ]),
    ],
    [new Set([1, 2]), [1, 2]],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [{ a: undefined }, {}],
    [1n, 1],
    [new Uint8Array([1, 2]), new Uint16Array([1, 2])],
    [new Date(1), new Date(2)],
  ])('tells %o from %o', (one, other) => {
    expect(canonical(one)).toBe(canonical(structuredClone(one)))
    expect(canonical(one)).not.toBe(canonical(other))
  })

  test('refuses values that cannot be compared', () => {
    const loop: unknown[] = []
    loop.push(loop)
    expect(() => canonical(loop)).toThrow('contains itself')
    expect(() => canonical({ now: () => 1 })).toThrow('a function cannot be compared')
    expect(() => canonical([Promise.resolve(1)])).toThrow('a promise cannot be compared')
  })

  test('treats one object at two places as two equal objects', () => {
    const shared = { a: 1 }
    expect(canonical([shared, shared])).toBe(canonical([{ a: 1 }, { a: 1 }]))
  })
})

test('a difference is shown with the text just before it', () => {
  const [one, other] = [`${'x'.repeat(100)}1`, `${'x'.repeat(100)}2`]
  expect(difference(one, other)).toBe(`…${'x'.repeat(40)}1 and …${'x'.repeat(40)}2`)
  expect(difference('12', '13')).toBe('12 and 13')
})

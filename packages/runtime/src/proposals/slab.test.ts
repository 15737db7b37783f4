import { expect, it } from 'vitest'
import { Slab } from './slab.ts'

it('gives each caller bytes of its own, zeroed, of the length it asked for', () => {
  const slab = new Slab()
  const given = [3, 4000, 5, 16_000, 4000, 4000, 4000, 1].map((length) => slab.allocate(length))
  given.forEach((bytes, at) => {
    expect(bytes.every((byte) => byte === 0)).toBe(true)
    bytes.fill(at + 1)
  })
  expect(given.map(({ length }) => length)).toEqual([3, 4000, 5, 16_000, 4000, 4000, 4000, 1])
  given.forEach((bytes, at) => {
    expect(bytes.every((byte) => byte === at + 1)).toBe(true)
  })
})

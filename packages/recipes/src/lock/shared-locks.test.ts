import { expect, it } from 'vitest'
import { checkPermits, mayHavePermit, mayRead } from './shared-locks.ts'

const places = (...values: readonly unknown[]) =>
  values.map((value, at) => ({
    key: String(at),
    value: typeof value === 'string' ? value : JSON.stringify(value),
    created: at + 1,
  }))

it('a reader waits for those before it who write, whether they have it or wait, and for what it does not know', () => {
  const [read, write] = [
    { id: 'a', mode: 'read' },
    { id: 'b', mode: 'write' },
  ]
  expect(mayRead([])).toBe(true)
  expect(mayRead(places(read, read))).toBe(true)
  expect(mayRead(places(read, write))).toBe(false)
  for (const unknown of ['', 'null', '7', '{}']) expect(mayRead(places(read, unknown))).toBe(false)
})

it('a permit is free behind fewer than there are, and the smallest number that anybody before has given counts', () => {
  const of = (permits: number) => ({ id: 'a', permits })
  expect(mayHavePermit(2)(places(of(2)))).toBe(true)
  expect(mayHavePermit(2)(places(of(2), of(2)))).toBe(false)
  expect(mayHavePermit(5)(places(of(5), of(2)))).toBe(false)
  expect(mayHavePermit(5)(places(of(3), 'unknown'))).toBe(true)
})

it.each([0, -1, 1.5, '2', Number.NaN, undefined])('%s is no number of permits', (permits) =>
  expect(() => checkPermits(permits)).toThrow(/permits must be a whole number, 1 or above/),
)

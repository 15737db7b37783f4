import { expect, it } from 'vitest'
import { printable } from './printable.ts'

it.each([
  ['api-1', 'api-1'],
  ['büro-pc', 'büro-pc'],
  ['x'.repeat(64), 'x'.repeat(64)],
  ['x'.repeat(16_000), `${'x'.repeat(64)}…`],
  ['a\n2026-01-01 fatal\u001b[31m\u0000', 'a\\u000a2026-01-01 fatal\\u001b[31m\\u0000'],
  ['\u202eevil', '\\u202eevil'],
])('%j is printed as %j', (name, printed) => {
  expect(printable(name)).toBe(printed)
})

import { expect, it } from 'vitest'
import { keyBytes, spanOf } from './data.ts'

it('keys and ranges are copies of what the caller has, also of a Buffer', () => {
  const prefix = Buffer.from('a/')
  const range = spanOf({ prefix })
  const key = keyBytes(prefix)
  expect(prefix).toEqual(Buffer.from('a/'))
  prefix.fill(0)
  const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes!)
  expect([text(range.from), text(range.before), text(key)]).toEqual(['a/', 'a0', 'a/'])
})

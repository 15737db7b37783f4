import { expect, it } from 'vitest'
import type { ByteSource } from '../ports/index.ts'
import { onePiece, smallSection } from './small-section.ts'

it('is restored from all of its bytes, also if the source uses the bytes of a piece again', () => {
  let restored: Uint8Array | null = null
  const section = smallSection({
    name: 'small',
    format: 1,
    take: () => Uint8Array.of(1, 2, 3),
    restore: (bytes) => {
      restored = bytes
    },
    reset() {},
  })
  const buffer = new Uint8Array(1)
  let next = 0
  const pieces: ByteSource = {
    next: (got) => {
      buffer[0] = ++next
      got(null, next > 3 ? null : buffer)
    },
    cancel() {},
  }
  let failure: Error | null | undefined
  section.restore(pieces, 1, (end) => {
    failure = end
  })
  expect([failure, restored]).toEqual([null, Uint8Array.of(1, 2, 3)])
})

it('fails its restore with what its own restore throws', () => {
  const cause = new Error('not such bytes')
  const section = smallSection({
    name: 'small',
    format: 1,
    take: () => new Uint8Array(0),
    restore: () => {
      throw cause
    },
    reset() {},
  })
  let failure: Error | null = null
  section.restore(onePiece(new Uint8Array(0)), 1, (end) => {
    failure = end
  })
  expect(failure).toBe(cause)
})

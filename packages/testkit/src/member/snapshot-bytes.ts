// The bytes of a snapshot in transfer. The state itself travels with the offer, and the bytes stand for it.
// Each byte depends on its place and on the snapshot, so a misplaced byte is noticed.
import type { EntryId } from '@oarlock/core'

/** Sizes differ as well. */
export function sizeOf({ index, term }: EntryId): number {
  return 800 + ((index * 37 + term * 11) % 400)
}

const byteAt = ({ index, term }: EntryId, at: number): number =>
  (Math.imul(at + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) ^ Math.imul(term + 1, 0xc2b2ae35)) >>> 24

/** The bytes from `offset` on. */
export function bytesOf(snapshot: EntryId, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = byteAt(snapshot, offset + at)
  return bytes
}

/** The place of the first wrong byte, or null. */
export function firstWrongByte(snapshot: EntryId, bytes: Uint8Array): number | null {
  if (bytes.length !== sizeOf(snapshot)) return bytes.length
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== byteAt(snapshot, at)) return at
  return null
}

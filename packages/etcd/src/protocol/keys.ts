// Keys and ranges, as etcd has them. It has special meanings for a range that ends with nothing, or with the
// byte 0, or before it begins. They are never meant here.
import type { KeyRange } from '@oarlock/store'

/** The first key that there can be. Any key serves to ask etcd for its revision. */
export const firstKey: Buffer = Buffer.of(0)

/** Longer than a key may be, so it is never there: for ranges without keys. */
const noKey = Buffer.alloc(4097, 0xff)

/** The bytes themselves, and no copy. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export interface Bounds {
  readonly key: Buffer
  readonly range_end?: Buffer
}

export function boundsOf({ from, before }: KeyRange): Bounds {
  const key = from.length === 0 ? firstKey : bufferOf(from)
  // All keys from this one on.
  if (before === null) return { key, range_end: Buffer.of(0) }
  const end = bufferOf(before)
  if (key.compare(end) >= 0) return { key: noKey }
  const isOne = end.length === key.length + 1 && end.at(-1) === 0 && key.equals(end.subarray(0, -1))
  return isOne ? { key } : { key, range_end: end }
}

// Terms, indexes and sequence numbers take 8 bytes on disk, little-endian, and are safe integers in memory.
import { DecodeError } from '@oarlock/runtime'

const HIGH = 0x1_0000_0000
const HIGHEST_SAFE_HIGH = 0x1f_ffff

export function writeUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, (value / HIGH) >>> 0, true)
}

/** Throws {@link DecodeError} for a number that is not a safe integer. */
export function readUint64(view: DataView, at: number): number {
  const high = view.getUint32(at + 4, true)
  if (high > HIGHEST_SAFE_HIGH)
    throw new DecodeError(`the number at byte ${at} is above 2^53, which no version of oarlock writes`)
  return high * HIGH + view.getUint32(at, true)
}

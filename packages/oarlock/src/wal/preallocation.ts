// Allocates space on the disk before it is needed. An fsync of bytes within a file is faster than one that
// makes the file grow, because the file system need not write down a new length and new blocks. So the next
// segment is made and filled with zeros while this one fills up (spare-segment.ts). The first segment of a
// directory grows by a MiB of zeros at a time (segment-file.ts), so that a new directory is small.
//
// No record begins or ends with zeros, so the unused end of a segment can be told from its records
// (`withoutZeros`).
import { writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'

const STEP_BYTES = 1024 * 1024
const zeros = new Uint8Array(STEP_BYTES)

/** How many bytes of zeros are added at a time to a segment of this size. */
export function growthStep(segmentBytes: number): number {
  return Math.min(STEP_BYTES, Math.ceil(segmentBytes / 16))
}

/** Writes zeros over [from, to). Does not sync them. */
export function fillWithZeros(fileSystem: FileSystem, file: FileHandle, from: number, to: number): void {
  for (let at = from; at < to; at += STEP_BYTES)
    writeWhole(fileSystem, file, zeros.subarray(0, Math.min(STEP_BYTES, to - at)), at)
}

/** The file without the zeros at its end, but with its first `atLeast` bytes. A view, not a copy. */
export function withoutZeros(file: Uint8Array, atLeast: number): Uint8Array {
  const { buffer, byteOffset, length } = file
  let end = length
  // Word by word, because a fresh segment is nearly all zeros.
  if (byteOffset % 8 === 0) {
    const words = new BigUint64Array(buffer, byteOffset, length >> 3)
    while (end % 8 !== 0 && file[end - 1] === 0) end--
    if (end % 8 === 0) {
      let word = end >> 3
      while (word > 0 && words[word - 1] === 0n) word--
      end = word << 3
    }
  }
  while (end > 0 && file[end - 1] === 0) end--
  return file.subarray(0, Math.max(end, Math.min(atLeast, length)))
}

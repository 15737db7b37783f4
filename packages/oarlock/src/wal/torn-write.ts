// A bad record at the end of the log after a crash is either the rest of a write that the crash tore, or
// damage.
//
// It is torn if and only if both hold:
//
// 1. A part of it never reached the disk. Disks write whole sectors. So the missing part is a piece from one
//    sector boundary to the next that is still all zeros, as it was before, or that lies beyond the end of
//    the file. (In a file that is used again it is as it was, and stale-sectors.ts makes it zeros.) A record without such a piece was written whole and has been damaged since, by a flipped bit
//    for example. If the record's header is bad, the piece must lie under the header.
// 2. No later record proves that it was durable. Every record says which records were known to be durable
//    when it was written (`unsynced` in record.ts). A later record alone proves nothing: the sectors of one
//    write may reach the disk in any order, and the later record may be of the same write.
//
// Three kinds of damage look like a torn write: a file that something else cut short, a damaged last record
// whose data has 512 zero bytes on a sector, and one of which a sector has the bytes that the file had there
// when it was used again. So a torn tail is copied before it is cut off (torn-tail.ts).
import { chunkOf } from './chunks.ts'
import { RECORD_ALIGNMENT, readRecordHeader, SMALLEST_RECORD_BYTES } from './record.ts'

export const SECTOR_BYTES = 512

/**
 * 1. Whether a piece of [from, to) between sector boundaries is missing or zero. The bytes before `from` are
 *    older.
 */
export function someSectorWasNeverWritten(file: Uint8Array, from: number, to: number): boolean {
  if (to > file.length) return true
  for (let sector = from - (from % SECTOR_BYTES); sector < to; sector += SECTOR_BYTES) {
    if (allZero(file.subarray(Math.max(from, sector), sector + SECTOR_BYTES))) return true
  }
  return false
}

/** 2. Whether a record after `bad` says that record `sequence` was durable when it was written. */
export function laterRecordProvesItDurable(
  file: Uint8Array,
  bad: number,
  seed: number,
  sequence: number,
): boolean {
  const chunk = chunkOf(file)
  for (let at = bad + RECORD_ALIGNMENT; at + SMALLEST_RECORD_BYTES <= file.length; at += RECORD_ALIGNMENT) {
    const header = readRecordHeader(chunk, at, seed)
    if (header !== null && header.sequence - header.unsynced > sequence) return true
  }
  return false
}

function allZero(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false
  return true
}

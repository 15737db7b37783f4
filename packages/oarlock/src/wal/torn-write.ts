// The tail of the log after a crash: is a bad record what a write left behind that the crash tore, or damage?
//
// It is torn if and only if both hold:
//
// 1. A part of it never reached the disk. Disks write sectors whole: what is missing is a piece, from one sector
//    boundary to the next, that still is what it was before, all zeros, or lies beyond the end of the file. So a record
//    that is all there, without such a piece, was written whole and has been damaged since: a flipped bit is no tear.
//    If the record's header is bad, the piece must lie under the header.
// 2. No later record proves that it had been durable. Every record says which records were known to be durable when it
//    was written (`unsynced` in record.ts). The sectors of one write may reach the disk in any order, so a later record
//    alone proves nothing: it may be of the same write.
//
// What cannot be told apart: a file cut short by other hands looks like a torn write; and so does a damaged last record
// whose data has 512 zero bytes on a sector.
import { chunkOf } from './chunks.ts'
import { RECORD_ALIGNMENT, readRecordHeader, SMALLEST_RECORD_BYTES } from './record.ts'

const SECTOR_BYTES = 512

/** 1. Is there, in [from, to), a piece between sector boundaries that is missing or zero? What is before `from` is older. */
export function someSectorWasNeverWritten(file: Uint8Array, from: number, to: number): boolean {
  if (to > file.length) return true
  for (let sector = from - (from % SECTOR_BYTES); sector < to; sector += SECTOR_BYTES) {
    if (allZero(file.subarray(Math.max(from, sector), sector + SECTOR_BYTES))) return true
  }
  return false
}

/** 2. Does a record after `bad` say that record `sequence` was durable when it was written? */
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

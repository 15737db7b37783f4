// A record is one atomic write of the log: a hard state, where the log begins, entries, or several of them. All
// numbers are little-endian.
//
//   header       checksum 4 · bytes of the whole record 4 · sequence 8 · unsynced 4 · contents 4
//   hard state   term 8 · commit 8 [· length 4 · vote] [· promise 8]
//   beginning    first segment 8 · index 8 · term 8 · length 4 · configuration (JSON)
//   entries      first index 8 · count 4 · the entries
//                then zeros up to a multiple of 8
//   trailer      checksum 4 · mark 4
//
// Both checksums are seeded with the directory's incarnation and the segment's number, and records are
// numbered without a gap over all segments. So no stale record and no record from elsewhere can pass for the
// one that belongs here. `unsynced` counts the records before this one that were not known to be durable when
// it was written. The earlier ones were durable, whatever the disk shows now. No record begins or ends with
// zeros, so that a sector that was never written is visible. torn-write.ts builds on both.
import { crc32 } from 'node:zlib'
import { type HardState, type Index, index, type Persist, term } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import type { Chunk } from './chunks.ts'
import { ENTRY_HEADER_BYTES, lengthOfEntry, writeEntry } from './entry-bytes.ts'
import { type Beginning, bytesOfBeginning, readBeginning, writeBeginning } from './log-beginning.ts'
import { readUint64, writeUint64 } from './uint64.ts'

export const RECORD_HEADER_BYTES = 24
export const RECORD_ALIGNMENT = 8
const TRAILER_BYTES = 8
const TRAILER_MARK = 0x4452_4145
export const SMALLEST_RECORD_BYTES: number = RECORD_HEADER_BYTES + TRAILER_BYTES

const HARD_STATE_BYTES = 16
const PROMISE_BYTES = 8
const ENTRIES_HEADER_BYTES = 12
/** `snapshot`: a snapshot replaces the log. `compaction`: it stands for the entries up to its own. */
const contents = {
  hardState: 1,
  vote: 2,
  entries: 4,
  promise: 8,
  snapshot: 16,
  compaction: 32,
} as const
const ALL_CONTENTS = 63
const LARGEST_RECORD_BYTES = 0xffff_fff8

/** The position of a record among all records. */
export interface RecordPlace {
  readonly seed: number
  readonly sequence: number
  readonly unsynced: number
}

export interface RecordHeader {
  readonly sequence: number
  readonly unsynced: number
  /** The length of the whole record. */
  readonly bytes: number
}

/** The contents of a record. */
export interface RecordContents extends Pick<Persist, 'hardState' | 'entries'> {
  readonly beginning?: Beginning
}

export interface RecordBody {
  readonly hardState: HardState | null
  readonly beginning: Beginning | null
  readonly first: Index
  /** 0: no entries. */
  readonly count: number
  /** The byte where the first entry begins. */
  readonly entriesAt: number
}

/** Bytes of the record; 0 if there is nothing to write. */
export function bytesOfRecord({ hardState, entries, beginning }: RecordContents): number {
  let body = 0
  if (hardState !== null) {
    body += HARD_STATE_BYTES
    if (hardState.vote !== null) body += 4 + Buffer.byteLength(hardState.vote)
    if (hardState.promise > 0) body += PROMISE_BYTES
  }
  if (beginning !== undefined) body += bytesOfBeginning(beginning)
  if (entries.length > 0) {
    body += ENTRIES_HEADER_BYTES + entries.length * ENTRY_HEADER_BYTES
    for (let i = 0; i < entries.length; i++) body += entries[i]!.data.length
  }
  if (body === 0) return 0
  const bytes = RECORD_HEADER_BYTES + aligned(body) + TRAILER_BYTES
  if (bytes > LARGEST_RECORD_BYTES)
    throw new RangeError(
      `a write of ${bytes} bytes is too large: a record holds ${LARGEST_RECORD_BYTES} bytes`,
    )
  return bytes
}

/** Writes the record of `bytes` ({@link bytesOfRecord}). Returns where its first entry begins. */
export function encodeRecord(
  chunk: Chunk,
  at: number,
  bytes: number,
  { hardState, entries, beginning }: RecordContents,
  place: RecordPlace,
): number {
  const { view } = chunk
  let next = at + RECORD_HEADER_BYTES
  let what = 0
  if (hardState !== null) {
    what |= contents.hardState
    writeUint64(view, next, hardState.term)
    writeUint64(view, next + 8, hardState.commit)
    next += HARD_STATE_BYTES
    if (hardState.vote !== null) {
      what |= contents.vote
      const vote = Buffer.from(hardState.vote)
      view.setUint32(next, vote.length, true)
      chunk.bytes.set(vote, next + 4)
      next += 4 + vote.length
    }
    if (hardState.promise > 0) {
      what |= contents.promise
      view.setFloat64(next, hardState.promise, true)
      next += PROMISE_BYTES
    }
  }
  if (beginning !== undefined) {
    what |= contents[beginning.use]
    next = writeBeginning(chunk, next, beginning)
  }
  let entriesAt = next
  if (entries.length > 0) {
    what |= contents.entries
    writeUint64(view, next, entries[0]!.index)
    view.setUint32(next + 8, entries.length, true)
    next += ENTRIES_HEADER_BYTES
    entriesAt = next
    for (let i = 0; i < entries.length; i++) next = writeEntry(chunk, next, entries[i]!)
  }
  const trailer = at + bytes - TRAILER_BYTES
  chunk.bytes.fill(0, next, trailer)

  view.setUint32(at + 4, bytes, true)
  writeUint64(view, at + 8, place.sequence)
  view.setUint32(at + 16, place.unsynced, true)
  view.setUint32(at + 20, what, true)
  const header = headerChecksum(chunk, at, place.seed)
  view.setUint32(at, header, true)
  view.setUint32(trailer, bodyChecksum(chunk, at, bytes, header), true)
  view.setUint32(trailer + 4, TRAILER_MARK, true)
  return entriesAt
}

/** The header at `at`, or null if none there belongs to this segment. The body may still be bad. */
export function readRecordHeader(chunk: Chunk, at: number, seed: number): RecordHeader | null {
  const { view } = chunk
  if (at + RECORD_HEADER_BYTES > chunk.bytes.length) return null
  const bytes = view.getUint32(at + 4, true)
  if (bytes < SMALLEST_RECORD_BYTES || bytes % RECORD_ALIGNMENT !== 0) return null
  if (view.getUint32(at, true) !== headerChecksum(chunk, at, seed)) return null
  return { bytes, sequence: readUint64(view, at + 8), unsynced: view.getUint32(at + 16, true) }
}

/** Whether the whole record is there, as it was written. */
export function recordIsWhole(chunk: Chunk, at: number, { bytes }: RecordHeader): boolean {
  if (at + bytes > chunk.bytes.length) return false
  const { view } = chunk
  const trailer = at + bytes - TRAILER_BYTES
  return (
    view.getUint32(trailer, true) === bodyChecksum(chunk, at, bytes, view.getUint32(at, true)) &&
    view.getUint32(trailer + 4, true) === TRAILER_MARK
  )
}

/** The contents of a whole record. Throws {@link DecodeError} for a record of a later or a broken version. */
export function decodeRecord(chunk: Chunk, at: number): RecordBody {
  const { view } = chunk
  const end = at + view.getUint32(at + 4, true) - TRAILER_BYTES
  const what = view.getUint32(at + 20, true)
  if (what > ALL_CONTENTS)
    throw new DecodeError(
      `a record has contents of kind ${what}, which this version of oarlock does not know: start the member with a later version`,
    )
  let next = at + RECORD_HEADER_BYTES
  let hardState: HardState | null = null
  if (what & contents.hardState) {
    let vote: string | null = null
    const fixed = next
    next += HARD_STATE_BYTES
    if (what & contents.vote) {
      const length = view.getUint32(next, true)
      vote = Buffer.from(chunk.bytes.subarray(next + 4, next + 4 + length)).toString()
      next += 4 + length
    }
    let promise = 0
    if (what & contents.promise) {
      promise = view.getFloat64(next, true)
      next += PROMISE_BYTES
    }
    hardState = {
      term: term(readUint64(view, fixed)),
      vote,
      commit: index(readUint64(view, fixed + 8)),
      promise,
    }
  }
  let beginning: RecordBody['beginning'] = null
  if (what & (contents.snapshot | contents.compaction)) {
    beginning = readBeginning(chunk, next, what & contents.snapshot ? 'snapshot' : 'compaction')
    next += bytesOfBeginning(beginning)
  }
  let first = 0
  let count = 0
  let entriesAt = next
  if (what & contents.entries) {
    first = readUint64(view, next)
    count = view.getUint32(next + 8, true)
    next += ENTRIES_HEADER_BYTES
    entriesAt = next
    for (let i = 0; i < count; i++) {
      if (next + ENTRY_HEADER_BYTES > end) throw new DecodeError(MISFIT)
      next += ENTRY_HEADER_BYTES + lengthOfEntry(chunk, next)
    }
  }
  if (next > end) throw new DecodeError(MISFIT)
  return { hardState, beginning, first: index(first), count, entriesAt }
}

const MISFIT = 'the contents of a record do not fit into it'

const aligned = (bytes: number): number => Math.ceil(bytes / RECORD_ALIGNMENT) * RECORD_ALIGNMENT

function headerChecksum({ bytes }: Chunk, at: number, seed: number): number {
  return crc32(bytes.subarray(at + 4, at + RECORD_HEADER_BYTES), seed)
}

function bodyChecksum(chunk: Chunk, at: number, bytes: number, header: number): number {
  return crc32(chunk.bytes.subarray(at + RECORD_HEADER_BYTES, at + bytes - TRAILER_BYTES), header)
}

// Reads the log back when it is opened. A crash may have torn the last write: its remains are cut off, for nothing of
// it was acknowledged. Any other damage is refused, because a member that goes on with less than it has acknowledged
// breaks its promises to the others. The rule that tells one from the other is in torn-write.ts; besides:
//
// * Only the last segment may be torn: the one before is made durable before the next is begun.
// * The last segment's header may be torn with its first write; then the whole file is. (Never segment 1's: see meta.ts.)
// * A gap in the segments' numbers or in the records' is damage.
// * Nothing is changed before the whole log was judged.
// * Zeros at the end of a segment are room that was not used (preallocation.ts). A record that a crash left unwritten looks
//   the same, and is the same. In an earlier segment no record can be missing there: the next one's header says where it goes on.
//
// What was read may be in the page cache only: written by a process that was killed, or whose fsync failed, after which
// the kernel takes the pages for clean. So the last write is written again, the same bytes in the same place, and
// synced, before anything that was read counts as durable.

import path from 'node:path'
import { emptyHardState, type HardState, InvariantError } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import { type Chunk, chunkOf } from './chunks.ts'
import { corrupt } from './corruption.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import { PackedLog } from './packed-log.ts'
import { fillWithZeros } from './preallocation.ts'
import { decodeRecord, RECORD_HEADER_BYTES, readRecordHeader } from './record.ts'
import type { WalRules } from './rules.ts'
import {
  decodeSegmentHeader,
  FORMAT_VERSION,
  SEGMENT_HEADER_BYTES,
  SPARE_NAME,
  segmentName,
  segmentNumbers,
} from './segment.ts'

/** Where the log lies, and by which rules it is judged. */
export interface LogToRead {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly incarnation: Uint8Array
  readonly rules: WalRules
}

/** What there is, and where the log goes on. */
export interface Recovered {
  readonly hardState: HardState
  readonly log: PackedLog
  /** The last segment: its number, and its length after the repair. */
  readonly segment: number
  readonly length: number
  /** Of the next record. */
  readonly sequence: number
}

/** Reads, judges, repairs, and makes durable what was read; fills the last segment up to `allocate` bytes. Throws CorruptLogError. */
export async function recover(from: LogToRead, allocate: number): Promise<Recovered> {
  const { fileSystem, directory, rules } = from
  const recovery = new Recovery(from)
  const numbers = segmentNumbers(fileSystem.list(directory))
  for (let i = 0; i < Math.max(1, numbers.length); i++) {
    if (numbers[i] !== i + 1)
      throw corrupt(directory, path.join(directory, segmentName(i + 1)), 0, 'the file is missing')
  }
  for (const number of numbers) {
    recovery.readSegment(
      number,
      await fileSystem.read(path.join(directory, segmentName(number))),
      number === numbers.length,
    )
  }
  const spare = path.join(directory, SPARE_NAME)
  if (fileSystem.exists(spare)) fileSystem.remove(spare)
  const { torn, last } = recovery
  if (torn !== null) fileSystem.remove(torn)
  const handle = fileSystem.open(path.join(directory, segmentName(last.number)), 'existing')
  const length = rules.lengthAfterRepair(last.length, last.bytes.length)
  try {
    const isTorn = length < last.bytes.length
    if (isTorn) rules.cutTail(fileSystem, handle, length)
    fillWithZeros(fileSystem, handle, isTorn ? length : last.allocated, allocate)
    const again = rules.writtenAgainFrom(last.lastWriteAt, length)
    rules.writeWhole(fileSystem, handle, last.bytes.subarray(again, length), again)
    await rules.syncData(fileSystem, handle)
  } finally {
    fileSystem.close(handle)
  }
  await rules.syncDirectory(fileSystem, directory)
  const { hardState, log, sequence } = recovery
  return { hardState, log, segment: last.number, length, sequence }
}

/** The log goes on after its last good record, not after what a crash has left there. */
export function lengthAfterRepair(kept: number, _found: number): number {
  return kept
}

/** Or a later record would be followed by a remnant, which may be a good record in the eyes of the next recovery. */
export function cutTail(fileSystem: FileSystem, handle: FileHandle, length: number): void {
  fileSystem.truncate(handle, length)
}

/** What was read may be in the page cache only. */
export function writtenAgainFrom(lastWriteAt: number, _length: number): number {
  return lastWriteAt
}

interface ReadSegment {
  readonly number: number
  /** Without the zeros at the end. */
  readonly bytes: Uint8Array
  /** The file's length, zeros included. */
  readonly allocated: number
  /** Of what is to be kept. */
  readonly length: number
  /** Where the last write begins: what is before was known to be durable when it was made. */
  readonly lastWriteAt: number
}

class Recovery {
  hardState: HardState = emptyHardState
  readonly log: PackedLog
  /** Of the next record. */
  sequence = 1
  last: ReadSegment = { number: 0, bytes: new Uint8Array(), allocated: 0, length: 0, lastWriteAt: 0 }
  /** The last segment's file, if even its header was torn. */
  torn: string | null = null
  readonly #directory: string
  readonly #incarnation: Uint8Array
  readonly #rules: WalRules

  constructor({ directory, incarnation, rules }: LogToRead) {
    this.#directory = directory
    this.#incarnation = incarnation
    this.#rules = rules
    this.log = new PackedLog(rules.lengthAfterAppend)
  }

  readSegment(number: number, whole: Uint8Array, isLast: boolean): void {
    const rules = this.#rules
    // A copy: the log keeps these bytes, and a fresh segment is nearly all zeros.
    const bytes = rules.withoutZeros(whole, SEGMENT_HEADER_BYTES).slice()
    const file = path.join(this.#directory, segmentName(number))
    const seed = rules.seedOf(this.#incarnation, number)
    if (!this.#headerIsGood(file, number, bytes)) {
      const torn = this.#tornWriteExplains(bytes, 0, SEGMENT_HEADER_BYTES, seed)
      if (!isLast || number === 1 || !torn) throw this.#corrupt(file, 0, 'its header is bad')
      this.torn = file
      return
    }
    const chunk = chunkOf(bytes)
    const chunkNumber = this.log.chunks.add(bytes)
    let lastWriteAt = 0
    let at = SEGMENT_HEADER_BYTES
    while (at < bytes.length) {
      const header = readRecordHeader(chunk, at, seed)
      const isNext = header !== null && rules.isNextRecord(header.sequence, this.sequence)
      if (!isNext || !rules.recordIsWhole(chunk, at, header)) {
        const end = at + (header?.bytes ?? RECORD_HEADER_BYTES)
        if (isLast && (header === null || isNext) && this.#tornWriteExplains(bytes, at, end, seed)) break
        throw this.#corrupt(file, at, 'a record is bad that was once written whole')
      }
      // The first write of a segment takes the header along.
      if (header.unsynced === 0 && at > SEGMENT_HEADER_BYTES) lastWriteAt = at
      this.#take(file, chunk, chunkNumber, at)
      at += header.bytes
      this.sequence++
    }
    this.last = { number, bytes, allocated: whole.length, length: at, lastWriteAt }
  }

  /** May [from, to) of the last segment, known to be bad, be the remains of a torn write? */
  #tornWriteExplains(file: Uint8Array, from: number, to: number, seed: number): boolean {
    return (
      this.#rules.someSectorWasNeverWritten(file, from, to) &&
      !this.#rules.laterRecordProvesItDurable(file, from, seed, this.sequence)
    )
  }

  #headerIsGood(file: string, number: number, bytes: Uint8Array): boolean {
    const header = decodeSegmentHeader(bytes)
    if (header === 'damaged') return false
    if (header === 'other-version')
      throw this.#corrupt(
        file,
        8,
        `it is not of format ${FORMAT_VERSION}, the one that this version of oarlock reads`,
      )
    if (header.number !== number)
      throw this.#corrupt(file, 16, `it is segment ${header.number} under another name`)
    if (Buffer.compare(header.incarnation, this.#incarnation) !== 0)
      throw this.#corrupt(file, 32, 'it comes from another data directory')
    if (!this.#rules.segmentFollowsOn(header.firstSequence, this.sequence))
      throw this.#corrupt(
        file,
        24,
        `it begins with record ${header.firstSequence}, the log before it ends before ${this.sequence}`,
      )
    return true
  }

  #take(file: string, chunk: Chunk, chunkNumber: number, at: number): void {
    try {
      const { hardState, first, count, entriesAt } = decodeRecord(chunk, at)
      if (hardState !== null) this.hardState = hardState
      if (count > 0) this.log.append(first, count, chunkNumber, entriesAt)
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof InvariantError)) throw error
      throw this.#corrupt(file, at, error.message, error)
    }
  }

  #corrupt(file: string, at: number, what: string, cause?: unknown): Error {
    return corrupt(this.#directory, file, at, what, cause)
  }
}

// Reads the log's segments and judges them. A crash may have torn the last write, of which nothing was
// acknowledged. Any other damage is refused: a member that goes on with less than it has acknowledged breaks
// its promises to the others. torn-write.ts has the rule that tells one from the other. Besides:
//
// * Only the last segment may be torn, because each one is made durable before the next is begun.
// * If the last segment's header was torn with its first write, the whole file is torn. (Never segment 1: see
//   identity.ts.)
// * A gap in the numbers of the segments or of the records is damage.
// * Zeros at the end of a segment are space that was not used (preallocation.ts). A record that a crash left
//   unwritten looks the same and counts the same. In an earlier segment no record can be missing there
//   unnoticed: the next one's header says where it goes on.
import path from 'node:path'
import { emptyHardState, type HardState, InvariantError } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import { type Chunk, chunkOf } from './chunks.ts'
import { corrupt } from './corruption.ts'
import type { FileSystem } from './file-system.ts'
import { PackedLog } from './packed-log.ts'
import { withoutZeros } from './preallocation.ts'
import { decodeRecord, RECORD_HEADER_BYTES, readRecordHeader, recordIsWhole } from './record.ts'
import {
  decodeSegmentHeader,
  FORMAT_VERSION,
  SEGMENT_HEADER_BYTES,
  seedOf,
  segmentName,
  segmentNumbers,
} from './segment.ts'
import type { TornTail } from './torn-tail.ts'
import { laterRecordProvesItDurable, someSectorWasNeverWritten } from './torn-write.ts'

export interface LogFiles {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly incarnation: Uint8Array
}

/** The last segment that is kept. */
export interface LastSegment {
  readonly number: number
  /** Its content, without the zeros at the end. */
  readonly bytes: Uint8Array
  /** The length of the file, zeros included. */
  readonly allocated: number
  /** The length of what is kept: the header and the good records. */
  readonly length: number
  /** Where the last write begins. Everything before was known to be durable when that write was made. */
  readonly lastWriteAt: number
}

export interface ScannedLog {
  readonly hardState: HardState
  readonly log: PackedLog
  /** The sequence number of the next record. */
  readonly sequence: number
  readonly last: LastSegment
  readonly tail: TornTail | null
}

/** Changes nothing. Throws CorruptLogError. */
export async function scanLog({ fileSystem, directory, incarnation }: LogFiles): Promise<ScannedLog> {
  const numbers = segmentNumbers(fileSystem.list(directory))
  for (let i = 0; i < Math.max(1, numbers.length); i++) {
    if (numbers[i] !== i + 1)
      throw corrupt(path.join(directory, segmentName(i + 1)), 0, 'the file is missing')
  }
  const scan = new LogScan(directory, incarnation)
  for (const number of numbers) {
    const file = path.join(directory, segmentName(number))
    scan.readSegment(number, await fileSystem.read(file), number === numbers.length)
  }
  return scan
}

class LogScan implements ScannedLog {
  hardState: HardState = emptyHardState
  readonly log: PackedLog = new PackedLog()
  sequence = 1
  last: LastSegment = { number: 0, bytes: new Uint8Array(), allocated: 0, length: 0, lastWriteAt: 0 }
  tail: TornTail | null = null
  readonly #directory: string
  readonly #incarnation: Uint8Array

  constructor(directory: string, incarnation: Uint8Array) {
    this.#directory = directory
    this.#incarnation = incarnation
  }

  readSegment(number: number, whole: Uint8Array, isLast: boolean): void {
    // A copy: the log keeps these bytes, and a fresh segment is nearly all zeros.
    const bytes = withoutZeros(whole, SEGMENT_HEADER_BYTES).slice()
    const file = path.join(this.#directory, segmentName(number))
    const seed = seedOf(this.#incarnation, number)
    if (!this.#headerIsGood(file, number, bytes)) {
      const isTorn = this.#tornWriteExplains(bytes, 0, SEGMENT_HEADER_BYTES, seed)
      if (!isLast || number === 1 || !isTorn) throw corrupt(file, 0, 'its header is bad')
      this.tail = { segment: number, at: 0, bytes }
      return
    }
    const chunk = chunkOf(bytes)
    const chunkNumber = this.log.chunks.add(bytes)
    let lastWriteAt = 0
    let at = SEGMENT_HEADER_BYTES
    while (at < bytes.length) {
      const header = readRecordHeader(chunk, at, seed)
      // Records are numbered without a gap. One with another number is stale, or one before it is missing.
      const isNext = header !== null && header.sequence === this.sequence
      if (!isNext || !recordIsWhole(chunk, at, header)) {
        const end = at + (header?.bytes ?? RECORD_HEADER_BYTES)
        const mayBeTorn = isLast && (header === null || isNext)
        if (!mayBeTorn || !this.#tornWriteExplains(bytes, at, end, seed))
          throw corrupt(file, at, 'a record is bad that was once written whole')
        this.tail = { segment: number, at, bytes: bytes.subarray(at) }
        break
      }
      // The first write of a segment includes the header.
      if (header.unsynced === 0 && at > SEGMENT_HEADER_BYTES) lastWriteAt = at
      this.#take(file, chunk, chunkNumber, at)
      at += header.bytes
      this.sequence++
    }
    this.last = { number, bytes, allocated: whole.length, length: at, lastWriteAt }
  }

  /** Whether [from, to) of the last segment, known to be bad, may be the rest of a torn write. */
  #tornWriteExplains(segment: Uint8Array, from: number, to: number, seed: number): boolean {
    return (
      someSectorWasNeverWritten(segment, from, to) &&
      !laterRecordProvesItDurable(segment, from, seed, this.sequence)
    )
  }

  #headerIsGood(file: string, number: number, bytes: Uint8Array): boolean {
    const header = decodeSegmentHeader(bytes)
    if (header === 'damaged') return false
    if (header === 'other-version')
      throw corrupt(
        file,
        8,
        `it is not of format ${FORMAT_VERSION}, the one that this version of oarlock reads`,
      )
    if (header.number !== number) throw corrupt(file, 16, `it is segment ${header.number} under another name`)
    if (Buffer.compare(header.incarnation, this.#incarnation) !== 0)
      throw corrupt(file, 32, 'it comes from another data directory')
    if (header.firstSequence !== this.sequence)
      throw corrupt(
        file,
        24,
        `it begins with record ${header.firstSequence}, and the log before it ends with record ${this.sequence - 1}`,
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
      throw corrupt(file, at, error.message, error)
    }
  }
}

// Reads the log's segments, one after the other, and judges them. A crash may have torn the last write, of
// which nothing was acknowledged. Any other damage is refused: a member that goes on with less than it has
// acknowledged breaks its promises to the others. torn-write.ts has the rule that tells one from the other.
// Besides:
//
// * Only the last segment may be torn, because each one is made durable before the next is begun.
// * If the last segment's header was torn with its first write, the whole file is torn. (Never segment 1: see
//   identity.ts.)
// * A gap in the numbers of the records is damage. A gap in the numbers of the segments is damage, too, unless
//   the log begins after it: a compaction removes segments, and a crash may leave some of them.
// * Zeros at the end of a segment are space that was not used (preallocation.ts). A record that a crash left
//   unwritten looks the same and counts the same. In an earlier segment no record can be missing there
//   unnoticed: the next one's header says where it goes on.
import path from 'node:path'
import { emptyHardState, type HardState, InvariantError, index } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import type { Chunk } from './chunks.ts'
import { corrupt } from './corruption.ts'
import type { Beginning } from './log-beginning.ts'
import { PackedLog } from './packed-log.ts'
import type { Place } from './places.ts'
import { decodeRecord, RECORD_HEADER_BYTES, readRecordHeader, recordIsWhole } from './record.ts'
import {
  decodeSegmentHeader,
  FORMAT_VERSION,
  SEGMENT_HEADER_BYTES,
  seedOf,
  segmentName,
  segmentNumbers,
} from './segment.ts'
import { SegmentContent } from './segment-content.ts'
import type { SegmentFiles } from './segment-reader.ts'
import type { TornTail } from './torn-tail.ts'
import { laterRecordProvesItDurable, someSectorWasNeverWritten } from './torn-write.ts'

/** The last segment that is kept. */
export interface LastSegment {
  readonly number: number
  /** The last write, as it was read, and where it begins. Everything before was known to be durable then. */
  readonly lastWrite: Uint8Array
  readonly lastWriteAt: number
  /** The length of the file, zeros included. */
  readonly allocated: number
  /** The file was another segment before (stale-sectors.ts). */
  readonly isRecycled: boolean
  /** The length of what is kept: the header and the good records. */
  readonly length: number
}

export interface ScannedLog {
  readonly hardState: HardState
  readonly log: PackedLog
  /** The number of the first segment. */
  readonly firstSegment: number
  /** The sequence number of the next record. */
  readonly sequence: number
  readonly last: LastSegment
  readonly tail: TornTail | null
}

/** Changes nothing. Throws CorruptLogError. */
export async function scanLog(files: SegmentFiles, memoryBytes: number): Promise<ScannedLog> {
  const { fileSystem, directory } = files
  const numbers = withoutGap(segmentNumbers(fileSystem.list(directory)))
  const first = numbers[0]
  if (first === undefined) throw corrupt(path.join(directory, segmentName(1)), 0, 'the file is missing')
  const scan = new LogScan(files, memoryBytes, first)
  for (const number of numbers) {
    const file = path.join(directory, segmentName(number))
    scan.readSegment(number, await fileSystem.read(file), number === numbers.at(-1))
  }
  scan.finish()
  return scan
}

/** The numbers after the last gap. */
function withoutGap(numbers: readonly number[]): readonly number[] {
  let from = numbers.length - 1
  while (from > 0 && numbers[from - 1] === numbers[from]! - 1) from--
  return numbers.slice(Math.max(0, from))
}

class LogScan implements ScannedLog {
  hardState: HardState = emptyHardState
  readonly log: PackedLog
  /** 0 before the first segment that is read: its header says where it begins. */
  sequence = 0
  last: LastSegment = {
    number: 0,
    lastWrite: new Uint8Array(),
    lastWriteAt: 0,
    allocated: 0,
    isRecycled: false,
    length: 0,
  }
  tail: TornTail | null = null
  readonly #directory: string
  readonly #incarnation: Uint8Array
  /** Whether it is known where the log begins. Segments before the first one that is read may be missing. */
  #hasBeginning: boolean
  readonly firstSegment: number

  constructor(files: SegmentFiles, memoryBytes: number, firstSegment: number) {
    this.#directory = files.directory
    this.#incarnation = files.incarnation
    this.log = new PackedLog(files, memoryBytes)
    this.firstSegment = firstSegment
    this.#hasBeginning = firstSegment === 1
  }

  readSegment(number: number, whole: Uint8Array, isLast: boolean): void {
    const content = new SegmentContent(whole)
    const file = path.join(this.#directory, segmentName(number))
    const seed = seedOf(this.#incarnation, number)
    if (!this.#headerIsGood(file, number, content)) {
      content.settle(0)
      const isTorn = this.#tornWriteExplains(content.chunk.bytes, 0, SEGMENT_HEADER_BYTES, seed)
      if (!isLast || this.last.number === 0 || !isTorn) throw corrupt(file, 0, 'its header is bad')
      this.tail = { segment: number, at: 0, bytes: content.chunk.bytes.slice() }
      return
    }
    let lastWriteAt = 0
    let at = SEGMENT_HEADER_BYTES
    while (at < content.chunk.bytes.length) {
      const { chunk } = content
      const header = readRecordHeader(chunk, at, seed)
      // Records are numbered without a gap. One with another number is stale, or one before it is missing.
      const isNext = header !== null && header.sequence === this.sequence
      if (!isNext || !recordIsWhole(chunk, at, header)) {
        if (content.settle(at)) continue
        const end = at + (header?.bytes ?? RECORD_HEADER_BYTES)
        const mayBeTorn = isLast && (header === null || isNext)
        if (!mayBeTorn || !this.#tornWriteExplains(chunk.bytes, at, end, seed))
          throw corrupt(file, at, 'a record is bad that was once written whole')
        this.tail = { segment: number, at, bytes: chunk.bytes.slice(at) }
        break
      }
      // The first write of a segment includes the header.
      if (header.unsynced === 0 && at > SEGMENT_HEADER_BYTES) lastWriteAt = at
      this.#take(file, chunk, { segment: number, at })
      at += header.bytes
      this.sequence++
    }
    const { allocated, isRecycled } = content
    // A copy: a view would keep all of the segment in memory.
    const lastWrite = isLast ? content.copy(lastWriteAt, at) : new Uint8Array()
    this.last = { number, lastWrite, lastWriteAt, allocated, isRecycled, length: at }
  }

  /** All segments are read. Throws CorruptLogError if entries before the first one are missing. */
  finish(): void {
    const before = path.join(this.#directory, segmentName(this.firstSegment - 1))
    if (!this.#hasBeginning) throw corrupt(before, 0, 'the file is missing')
    this.log.startTail()
  }

  /** Whether [from, to) of the last segment, known to be bad, may be the rest of a torn write. */
  #tornWriteExplains(segment: Uint8Array, from: number, to: number, seed: number): boolean {
    return (
      someSectorWasNeverWritten(segment, from, to) &&
      !laterRecordProvesItDurable(segment, from, seed, this.sequence)
    )
  }

  #headerIsGood(file: string, number: number, content: SegmentContent): boolean {
    const header = content.hasStaleHeader ? 'damaged' : decodeSegmentHeader(content.chunk.bytes)
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
    if (this.sequence === 0) this.sequence = number === 1 ? 1 : header.firstSequence
    if (header.firstSequence !== this.sequence)
      throw corrupt(
        file,
        24,
        `it begins with record ${header.firstSequence}, and the log before it ends with record ${this.sequence - 1}`,
      )
    return true
  }

  #take(file: string, chunk: Chunk, place: Place): void {
    try {
      const { hardState, beginning, first, count, entriesAt } = decodeRecord(chunk, place.at)
      if (hardState !== null) this.hardState = hardState
      if (beginning !== null) this.#begin(beginning)
      if (count === 0) return
      if (!this.#hasBeginning && (this.#isEmpty || first < this.log.firstIndex)) this.log.restart(first)
      this.log.append({ first, count, chunk, at: entriesAt }, place, null)
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof InvariantError)) throw error
      throw corrupt(file, place.at, error.message, error)
    }
  }

  #begin({ use, snapshot, segment }: Beginning): void {
    const { log } = this
    if (use === 'snapshot') log.restore(snapshot)
    else {
      // It needs segments that a later compaction has removed.
      if (segment < this.firstSegment) return
      if (!this.#hasBeginning && this.#isEmpty) log.restart(index(snapshot.index + 1))
      else if (log.termAt(snapshot.index) !== snapshot.term && snapshot.index !== log.firstIndex - 1)
        throw new DecodeError(`the log is compacted up to entry ${snapshot.index}, which it does not have`)
      log.compact(snapshot)
    }
    this.#hasBeginning = true
  }

  get #isEmpty(): boolean {
    return this.log.lastIndex < this.log.firstIndex
  }
}

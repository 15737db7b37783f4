// Reads records back from the segments, at once: for entries that are no longer in memory (log-tail.ts). Most
// of them are in the page cache. Every record is checked as at the start, because the disk may have lost or
// changed it since. A bad one stops the member: it never gets a wrong entry.
import path from 'node:path'
import { DecodeError } from '@oarlock/runtime'
import { accessError } from './access-error.ts'
import { type Chunk, chunkOf } from './chunks.ts'
import { corrupt } from './corruption.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import type { Place } from './places.ts'
import {
  decodeRecord,
  RECORD_HEADER_BYTES,
  type RecordBody,
  type RecordHeader,
  readRecordHeader,
  recordIsWhole,
} from './record.ts'
import { seedOf, segmentName } from './segment.ts'

/** Where a log's segments are. */
export interface SegmentFiles {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly incarnation: Uint8Array
}

/** A record that was checked. */
export interface StoredRecord extends RecordBody {
  readonly chunk: Chunk
  readonly at: Place
  /** Where the next record begins. */
  readonly next: Place
}

interface OpenSegment {
  readonly number: number
  readonly file: string
  readonly handle: FileHandle
  readonly seed: number
}

const WINDOW_BYTES = 256 * 1024
/** Several followers may be behind, each in another segment. */
const MOST_OPEN = 4

export class SegmentReader {
  readonly #files: SegmentFiles
  /** The one that was used last comes last. */
  readonly #open: OpenSegment[] = []
  /** A part of a segment. The file may change behind its records, so it serves one {@link read} only. */
  #window: (Place & { readonly bytes: Uint8Array }) | null = null
  /** A large record that was read last, as the next question is mostly about it, too. */
  #large: { readonly place: Place; readonly bytes: Uint8Array } | null = null

  constructor(files: SegmentFiles) {
    this.#files = files
  }

  /**
   * Calls `take` with one record after the other, from a place on, until it returns null; it returns the place
   * of the next one. Throws CorruptLogError and DataAccessError.
   */
  read(from: Place, take: (record: StoredRecord) => Place | null): void {
    try {
      for (let place: Place | null = from; place !== null; ) place = take(this.#record(place))
    } finally {
      this.#window = null
    }
  }

  /** Closes the files of the segments before this one, which are about to be removed. */
  forgetBefore(segment: number): void {
    this.#closeIf((open) => open.number < segment)
    if (this.#large !== null && this.#large.place.segment < segment) this.#large = null
  }

  close(): void {
    this.#closeIf(() => true)
    this.#large = null
  }

  #record(place: Place): StoredRecord {
    const segment = this.#segment(place.segment)
    const headerAt = chunkOf(this.#bytes(segment, place.at, RECORD_HEADER_BYTES))
    const header = readRecordHeader(headerAt, 0, segment.seed)
    const chunk = header && chunkOf(this.#recordBytes(segment, place, header))
    if (header === null || chunk === null || !recordIsWhole(chunk, 0, header))
      throw corrupt(segment.file, place.at, 'a record that was good has changed')
    try {
      const next = { segment: place.segment, at: place.at + header.bytes }
      return { ...decodeRecord(chunk, 0), chunk, at: place, next }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw corrupt(segment.file, place.at, error.message, error)
    }
  }

  #recordBytes(segment: OpenSegment, place: Place, { bytes }: RecordHeader): Uint8Array {
    if (bytes <= WINDOW_BYTES) return this.#bytes(segment, place.at, bytes)
    const known = this.#large
    if (known?.place.segment === place.segment && known.place.at === place.at) return known.bytes
    const read = this.#read(segment, place.at, bytes)
    this.#large = { place, bytes: read }
    return read
  }

  /** At most `length` bytes: fewer if the file is shorter. */
  #bytes(segment: OpenSegment, at: number, length: number): Uint8Array {
    const known = this.#window
    if (known !== null && known.segment === segment.number) {
      const from = at - known.at
      if (from >= 0 && from + length <= known.bytes.length) return known.bytes.subarray(from, from + length)
    }
    const bytes = this.#read(segment, at, WINDOW_BYTES)
    this.#window = { segment: segment.number, at, bytes }
    return bytes.subarray(0, length)
  }

  #read({ file, handle }: OpenSegment, at: number, length: number): Uint8Array {
    const bytes = Buffer.allocUnsafeSlow(length)
    try {
      return bytes.subarray(0, this.#files.fileSystem.readSync(handle, bytes, at))
    } catch (error) {
      throw accessError(file, error)
    }
  }

  #segment(number: number): OpenSegment {
    const at = this.#open.findIndex((open) => open.number === number)
    const known = at === -1 ? this.#openFile(number) : this.#open.splice(at, 1)[0]!
    this.#open.push(known)
    if (this.#open.length > MOST_OPEN) this.#files.fileSystem.close(this.#open.shift()!.handle)
    return known
  }

  #openFile(number: number): OpenSegment {
    const { fileSystem, directory, incarnation } = this.#files
    const file = path.join(directory, segmentName(number))
    try {
      const handle = fileSystem.open(file, 'existing')
      return { number, file, handle, seed: seedOf(incarnation, number) }
    } catch (error) {
      throw accessError(file, error)
    }
  }

  #closeIf(test: (open: OpenSegment) => boolean): void {
    for (let i = this.#open.length - 1; i >= 0; i--) {
      if (!test(this.#open[i]!)) continue
      this.#files.fileSystem.close(this.#open[i]!.handle)
      this.#open.splice(i, 1)
    }
  }
}

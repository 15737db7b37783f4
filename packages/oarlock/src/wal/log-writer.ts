// Appends to the last segment, and begins the next one when it is full. A batch costs one write to the file
// and at most one fsync: fsyncs dominate the cost.
import path from 'node:path'
import { InvariantError, type Persist } from '@oarlock/core'
import { syncData, syncDirectory, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import type { PackedLog } from './packed-log.ts'
import { SpareSegment } from './preallocation.ts'
import { bytesOfRecord, encodeRecord } from './record.ts'
import type { Recovered } from './recovery.ts'
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, SPARE_NAME, seedOf, segmentName } from './segment.ts'

/** Where the log is, and how it is cut into files. */
export interface LogPlace {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly incarnation: Uint8Array
  readonly segmentBytes: number
  /** Fill segments with zeros ahead of the records. */
  readonly preallocate: boolean
}

/** Thesis §3.8: durable before it is acknowledged. Only a new commit index may be forgotten. */
export function mustSync(batch: readonly Persist[]): boolean {
  return batch.some((part) => part.mustSync)
}

export class LogWriter {
  readonly #place: LogPlace
  readonly #log: PackedLog
  #segment: number
  #seed: number
  #file: FileHandle
  /** The byte at which the next record begins. */
  #position: number
  /** The sequence number of the next record. */
  #sequence: number
  /** Records written since the last fsync. */
  #unsynced = 0
  /** The next segment. It is made once this one is half full. */
  #spare: SpareSegment | null = null
  /** Whether the segment's name may not be durable yet. */
  #isNew = false

  constructor(place: LogPlace, { log, segment, length, sequence }: Recovered) {
    this.#place = place
    this.#log = log
    this.#segment = segment
    this.#seed = seedOf(place.incarnation, segment)
    this.#position = length
    this.#sequence = sequence
    this.#file = place.fileSystem.open(path.join(place.directory, segmentName(segment)), 'existing')
  }

  /** After a rejection the writer can only be closed. */
  async write(batch: readonly Persist[]): Promise<void> {
    checkOrder(batch, this.#log)
    const { fileSystem, segmentBytes } = this.#place
    const sizes = batch.map(bytesOfRecord)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    if (this.#position > SEGMENT_HEADER_BYTES && this.#position + bytes > segmentBytes)
      await this.#beginSegment()
    const { number, chunk, at } = this.#log.chunks.reserve(bytes)
    const entriesAt = new Uint32Array(batch.length)
    let next = at
    for (let i = 0; i < batch.length; i++) {
      const size = sizes[i]!
      if (size === 0) continue
      const place = { seed: this.#seed, sequence: this.#sequence++, unsynced: this.#unsynced++ }
      entriesAt[i] = encodeRecord(chunk, next, size, batch[i]!, place)
      next += size
    }
    // Bytes without entries are never read again, and the next write may take their space.
    if (batch.some(({ entries }) => entries.length > 0)) this.#log.chunks.keep(bytes)
    writeWhole(fileSystem, this.#file, chunk.bytes.subarray(at, next), this.#position)
    this.#position += bytes
    this.#prepareNext()
    if (mustSync(batch)) await this.#sync()
    for (let i = 0; i < batch.length; i++) {
      const { entries } = batch[i]!
      if (entries.length > 0) this.#log.append(entries[0]!.index, entries.length, number, entriesAt[i]!)
    }
  }

  async close(): Promise<void> {
    this.#place.fileSystem.close(this.#file)
    await this.#spare?.close()
  }

  #prepareNext(): void {
    const { fileSystem, directory, segmentBytes, preallocate } = this.#place
    if (!preallocate || this.#spare !== null || this.#position < segmentBytes / 2) return
    this.#spare = new SpareSegment(fileSystem, path.join(directory, SPARE_NAME), segmentBytes)
  }

  async #sync(): Promise<void> {
    const { fileSystem, directory } = this.#place
    await syncData(fileSystem, this.#file)
    this.#unsynced = 0
    if (!this.#isNew) return
    await syncDirectory(fileSystem, directory)
    this.#isNew = false
  }

  async #beginSegment(): Promise<void> {
    const { fileSystem, directory, incarnation } = this.#place
    // Only the last segment may ever be torn.
    if (this.#unsynced > 0) await this.#sync()
    const number = this.#segment + 1
    const name = path.join(directory, segmentName(number))
    const spare = this.#spare
    const file = spare?.take(name) ?? fileSystem.open(name, 'create')
    await spare?.close() // one that was not ready in time must not collide with the next one
    this.#spare = null
    fileSystem.close(this.#file)
    this.#file = file
    this.#segment = number
    this.#seed = seedOf(incarnation, number)
    this.#isNew = true
    this.#position = SEGMENT_HEADER_BYTES
    const header = encodeSegmentHeader({ number, firstSequence: this.#sequence, incarnation })
    writeWhole(fileSystem, file, header, 0)
  }
}

/** Throws unless the entries follow one another and the log, without a gap. */
function checkOrder(batch: readonly Persist[], log: PackedLog): void {
  let last: number = log.lastIndex
  for (const { entries, snapshot } of batch) {
    if (snapshot !== null) throw new InvariantError('this log store cannot hold snapshots')
    const first = entries[0]
    if (first === undefined) continue
    if (first.index < log.firstIndex || first.index > last + 1)
      throw new InvariantError(`appending at ${first.index} would leave a gap after ${last}`)
    for (let i = 0; i < entries.length; i++) {
      if (entries[i]!.index !== first.index + i)
        throw new InvariantError(`entries out of order at ${entries[i]!.index}`)
    }
    last = first.index + entries.length - 1
  }
}

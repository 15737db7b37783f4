// Appends to the last segment, and begins the next one when it is full. One write to the file and at most one fsync a
// batch: fsyncs are the unit of cost.
import path from 'node:path'
import { InvariantError, type Persist } from '@oarlock/core'
import type { FileHandle, FileSystem } from './file-system.ts'
import type { PackedLog } from './packed-log.ts'
import { SpareSegment } from './preallocation.ts'
import { bytesOfRecord, encodeRecord } from './record.ts'
import type { Recovered } from './recovery.ts'
import type { WalRules } from './rules.ts'
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, SPARE_NAME, segmentName } from './segment.ts'

/** Where the log lies, and how it is cut into files. */
export interface LogPlace {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly incarnation: Uint8Array
  readonly segmentBytes: number
  /** Fill segments with zeros ahead of the records. */
  readonly preallocate: boolean
  readonly rules: WalRules
}

/** What changes only the commit index may be forgotten. */
export function mustSync(batch: readonly Persist[]): boolean {
  return batch.some((part) => part.mustSync)
}

/** Only the last segment may ever be torn. */
export function mustSyncBeforeNextSegment(unsynced: number): boolean {
  return unsynced > 0
}

/** What a record says of those before it: so many are not known to be durable. */
export function unsyncedBefore(writtenSinceSync: number): number {
  return writtenSinceSync
}

/** A failed fsync has dropped pages: to try again would succeed, and lie. */
export function failureEndsWriting(): boolean {
  return true
}

export class LogWriter {
  readonly #place: LogPlace
  readonly #log: PackedLog
  #segment: number
  #seed: number
  #file: FileHandle
  /** Where the next record goes. */
  #position: number
  /** Of the next record. */
  #sequence: number
  /** Records written since the last fsync. */
  #unsynced = 0
  /** The next segment, from when this one is half full. */
  #spare: SpareSegment | null = null
  /** The segment's name may not be durable yet. */
  #isNew = false

  constructor(place: LogPlace, { log, segment, length, sequence }: Recovered) {
    this.#place = place
    this.#log = log
    this.#segment = segment
    this.#seed = place.rules.seedOf(place.incarnation, segment)
    this.#position = length
    this.#sequence = sequence
    this.#file = place.fileSystem.open(path.join(place.directory, segmentName(segment)), 'existing')
  }

  /** After a rejection the writer is good for nothing but to be closed. */
  async write(batch: readonly Persist[]): Promise<void> {
    checkOrder(batch, this.#log)
    const { fileSystem, segmentBytes, rules } = this.#place
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
      const unsynced = rules.unsyncedBefore(this.#unsynced++)
      const place = { seed: this.#seed, sequence: this.#sequence++, unsynced }
      entriesAt[i] = encodeRecord(chunk, next, size, batch[i]!, place)
      next += size
    }
    // Without entries nobody reads the bytes again: the next write may take their room.
    if (batch.some(({ entries }) => entries.length > 0)) this.#log.chunks.keep(bytes)
    rules.writeWhole(fileSystem, this.#file, chunk.bytes.subarray(at, next), this.#position)
    this.#position += bytes
    this.#prepareNext()
    if (rules.mustSync(batch)) await this.#sync()
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
    const { fileSystem, directory, rules } = this.#place
    await rules.syncData(fileSystem, this.#file)
    this.#unsynced = 0
    if (!this.#isNew) return
    await rules.syncDirectory(fileSystem, directory)
    this.#isNew = false
  }

  async #beginSegment(): Promise<void> {
    const { fileSystem, directory, incarnation, rules } = this.#place
    if (rules.mustSyncBeforeNextSegment(this.#unsynced)) await this.#sync()
    const number = this.#segment + 1
    const name = path.join(directory, segmentName(number))
    const spare = this.#spare
    const file = spare?.take(name) ?? fileSystem.open(name, 'create')
    await spare?.close() // one that was not ready in time is in the way of the next one
    this.#spare = null
    fileSystem.close(this.#file)
    this.#file = file
    this.#segment = number
    this.#seed = rules.seedOf(incarnation, number)
    this.#isNew = true
    this.#position = SEGMENT_HEADER_BYTES
    const header = encodeSegmentHeader({ number, firstSequence: this.#sequence, incarnation })
    rules.writeWhole(fileSystem, file, header, 0)
  }
}

/** Entries follow one another and what is there: a gap would be a log that never was. */
function checkOrder(batch: readonly Persist[], log: PackedLog): void {
  let last: number = log.lastIndex
  for (const { entries, snapshot } of batch) {
    if (snapshot !== null) throw new InvariantError('this log store holds no snapshots')
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

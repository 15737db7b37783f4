// Appends to the last segment, and begins the next one when it is full. A batch costs one write to the file
// and at most one fsync: fsyncs dominate the cost.
import { type HardState, InvariantError, index, type Persist, type SnapshotMeta } from '@oarlock/core'
import { durationBounds, Histogram, type LogStoreStats } from '@oarlock/runtime'
import { checkOrder } from './append-order.ts'
import type { Chunk } from './chunks.ts'
import { syncDirectory } from './durable-file.ts'
import type { PackedLog } from './packed-log.ts'
import { bytesOfRecord, encodeRecord, type RecordContents } from './record.ts'
import type { Recovered } from './recovery.ts'
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, seedOf } from './segment.ts'
import type { SegmentFile } from './segment-file.ts'
import { type LogPlace, SegmentSupply } from './segment-supply.ts'

/** Thesis §3.8: durable before it is acknowledged. Only a new commit index may be forgotten. */
export function mustSync(batch: readonly Persist[]): boolean {
  return batch.some((part) => part.mustSync)
}

/** Records that were written. */
interface Appended {
  /** The chunk with their bytes, and its number. */
  readonly number: number
  readonly chunk: Chunk
  /** Where each record begins in its segment. */
  readonly places: Float64Array
  /** Where the first entry of each record is in the chunk. */
  readonly entriesAt: Float64Array
}

export class LogWriter {
  readonly #fsync: Histogram = new Histogram(durationBounds)
  readonly #place: LogPlace
  readonly #log: PackedLog
  readonly #supply: SegmentSupply
  #hardState: HardState
  /** The segment that is written to, and the first one that is there. */
  #segment: number
  #firstSegment: number
  #seed: number
  #file: SegmentFile
  /** The byte at which the next record begins. */
  #position: number
  /** The sequence number of the next record. */
  #sequence: number
  /** Records written since the last fsync. */
  #unsynced = 0
  /** Whether the segment's name may not be durable yet. */
  #isNew = false

  constructor(place: LogPlace, recovered: Recovered) {
    const { hardState, log, firstSegment, segment, length, sequence } = recovered
    this.#place = place
    this.#log = log
    this.#hardState = hardState
    this.#firstSegment = firstSegment
    this.#segment = segment
    this.#seed = seedOf(place.incarnation, segment)
    this.#position = length
    this.#sequence = sequence
    this.#supply = new SegmentSupply(place)
    this.#file = this.#supply.last(recovered)
  }

  /** The last one that was written. */
  get hardState(): HardState {
    return this.#hardState
  }

  /** After a rejection the writer can only be closed. */
  async write(batch: readonly Persist[]): Promise<void> {
    checkOrder(batch, this.#log)
    const { number, chunk, places, entriesAt } = await this.#append(this.#recordsOf(batch), mustSync(batch))
    let replaced = false
    for (let i = 0; i < batch.length; i++) {
      const { entries, snapshot } = batch[i]!
      if (snapshot !== null) {
        this.#log.restore(snapshot)
        replaced = true
      }
      if (entries.length === 0) continue
      const run = { first: entries[0]!.index, count: entries.length, chunk, at: entriesAt[i]! }
      this.#log.append(run, { segment: this.#segment, at: places[i]! }, number)
    }
    if (replaced) await this.#freeBefore(this.#segment)
  }

  /** From now on the snapshot stands for the entries up to its own. After a rejection as after `write`. */
  async compact(snapshot: SnapshotMeta): Promise<void> {
    const log = this.#log
    if (snapshot.index < log.firstIndex) return
    if (log.termAt(snapshot.index) !== snapshot.term)
      throw new InvariantError(
        `the log cannot be compacted up to entry ${snapshot.index}: it has another one`,
      )
    const segment = log.segmentOf(index(snapshot.index + 1)) ?? this.#segment
    const beginning = { use: 'compaction', snapshot, segment } as const
    await this.#append([{ hardState: this.#hardState, entries: [], beginning }], true)
    log.compact(snapshot)
    await this.#freeBefore(segment)
  }

  /** Full segments count with their whole size, as they take it on disk. */
  get stats(): LogStoreStats {
    const full = (this.#segment - this.#firstSegment) * this.#place.segmentBytes
    return {
      diskBytes: full + this.#position,
      memoryBytes: this.#log.tail.bytes,
      fsync: this.#fsync.snapshot(),
    }
  }

  async close(): Promise<void> {
    this.#log.close()
    this.#file.close()
    await this.#supply.close()
  }

  /** A record with a snapshot has the hard state, too: the last one with it may be in a segment that goes. */
  #recordsOf(batch: readonly Persist[]): readonly RecordContents[] {
    if (batch.every(({ snapshot }) => snapshot === null)) return batch
    let latest = this.#hardState
    return batch.map((persist) => {
      const { snapshot, entries } = persist
      latest = persist.hardState ?? latest
      if (snapshot === null) return persist
      return { hardState: latest, entries, beginning: { use: 'snapshot', snapshot, segment: this.#segment } }
    })
  }

  async #append(records: readonly RecordContents[], sync: boolean): Promise<Appended> {
    const sizes = records.map(bytesOfRecord)
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    if (!this.#file.hasRoom(this.#position, bytes)) await this.#beginSegment(bytes)
    const padding = this.#file.paddingAfter(this.#position + bytes)
    const { number, chunk, at } = this.#log.tail.reserve(bytes + padding)
    const entriesAt = new Float64Array(records.length)
    const places = new Float64Array(records.length)
    let next = at
    for (let i = 0; i < records.length; i++) {
      const size = sizes[i]!
      if (size === 0) continue
      const place = { seed: this.#seed, sequence: this.#sequence++, unsynced: this.#unsynced++ }
      places[i] = this.#position + next - at
      entriesAt[i] = encodeRecord(chunk, next, size, records[i]!, place)
      this.#hardState = records[i]!.hardState ?? this.#hardState
      next += size
    }
    chunk.bytes.fill(0, next, next + padding)
    // Bytes without entries are never read again, and the next write may take their space.
    if (records.some(({ entries }) => entries.length > 0)) this.#log.tail.keep(bytes)
    this.#file.write(chunk.bytes.subarray(at, next + padding), this.#position)
    this.#position += bytes
    this.#supply.prepare(this.#file, this.#position)
    if (sync) await this.#sync()
    return { number, chunk, entriesAt, places }
  }

  async #sync(): Promise<void> {
    const { fileSystem, directory } = this.#place
    const begun = performance.now()
    await this.#file.sync()
    this.#fsync.record(performance.now() - begun)
    this.#unsynced = 0
    if (!this.#isNew) return
    await syncDirectory(fileSystem, directory)
    this.#isNew = false
  }

  async #beginSegment(bytes: number): Promise<void> {
    const { incarnation } = this.#place
    // Only the last segment may ever be torn.
    if (this.#unsynced > 0) await this.#sync()
    const number = this.#segment + 1
    const file = await this.#supply.next(number, SEGMENT_HEADER_BYTES + bytes)
    this.#file.close()
    this.#file = file
    this.#segment = number
    this.#seed = seedOf(incarnation, number)
    this.#isNew = true
    this.#position = SEGMENT_HEADER_BYTES
    const header = encodeSegmentHeader({ number, firstSequence: this.#sequence, incarnation })
    file.write(Buffer.concat([header, new Uint8Array(file.paddingAfter(header.length))]), 0)
  }

  /** Entries of the segments before this one are not needed any more. */
  async #freeBefore(segment: number): Promise<void> {
    this.#log.forgetSegmentsBefore(segment)
    await this.#supply.free(this.#firstSegment, segment)
    this.#firstSegment = segment
  }
}

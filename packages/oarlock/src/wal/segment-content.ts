// A segment as it was read, without the space behind its records that was not used. That space is zeros, or it
// has what an earlier segment left there (stale-sectors.ts). The latter becomes zeros when a record is bad, and
// not sooner: new data may be the same as the old.
import { type Chunk, chunkOf } from './chunks.ts'
import { withoutZeros } from './preallocation.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'
import { decodeStaleSectors, isStale } from './stale-sectors.ts'
import { SECTOR_BYTES } from './torn-write.ts'

export class SegmentContent {
  /** The length of the file, without the checksums of what an earlier segment left. */
  readonly allocated: number
  readonly #stale: ReturnType<typeof decodeStaleSectors>
  #chunk: Chunk
  #settled: boolean

  constructor(file: Uint8Array) {
    this.#stale = decodeStaleSectors(file)
    this.allocated = this.#stale?.sectors.length ?? file.length
    this.#settled = this.#stale === null
    this.#chunk = chunkOf(this.#stale?.sectors ?? withoutZeros(file, SEGMENT_HEADER_BYTES))
  }

  get chunk(): Chunk {
    return this.#chunk
  }

  /** The file was another segment before. */
  get isRecycled(): boolean {
    return this.#stale !== null
  }

  /** The header is that of the earlier segment. */
  get hasStaleHeader(): boolean {
    return this.#stale !== null && isStale(this.#stale.sectors, this.#stale.checksums, 0)
  }

  /** Makes zeros of what is stale, from the sector with the byte `from` on. False if there is no such thing. */
  settle(from: number): boolean {
    if (this.#settled || this.#stale === null) return false
    this.#settled = true
    const { sectors, checksums } = this.#stale
    const bytes = sectors.slice()
    for (let sector = Math.floor(from / SECTOR_BYTES); sector < checksums.length; sector++)
      if (isStale(sectors, checksums, sector))
        bytes.fill(0, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES)
    this.#chunk = chunkOf(withoutZeros(bytes, SEGMENT_HEADER_BYTES))
    return true
  }

  /** A copy of [from, to), with the zeros up to the end of the sector if what follows may be stale. */
  copy(from: number, to: number): Uint8Array {
    const end = this.isRecycled ? Math.ceil(to / SECTOR_BYTES) * SECTOR_BYTES : to
    const copy = new Uint8Array(end - from)
    copy.set(this.#chunk.bytes.subarray(from, to))
    return copy
  }
}

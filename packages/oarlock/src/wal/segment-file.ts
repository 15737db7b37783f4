// The segment that is being written to. What is behind its records is zeros, or was never written, or it is
// what an earlier segment left in a file that is used again (stale-sectors.ts).
import { syncData, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import { fillWithZeros } from './preallocation.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'
import { SECTOR_BYTES } from './torn-write.ts'

export interface SegmentSpace {
  /** The size at which the log goes on in the next segment. */
  readonly limit: number
  /** The file was a segment before, and still has the bytes of that one. */
  readonly isRecycled: boolean
  /** The length of the file, zeros included. */
  readonly allocated: number
  /** How many zeros are added at a time while the file fills up; 0: none. */
  readonly step: number
}

export class SegmentFile {
  readonly #fileSystem: FileSystem
  readonly #handle: FileHandle
  readonly #space: SegmentSpace
  #allocated: number

  constructor(fileSystem: FileSystem, handle: FileHandle, space: SegmentSpace) {
    this.#fileSystem = fileSystem
    this.#handle = handle
    this.#space = space
    this.#allocated = space.allocated
  }

  /** A write that is larger than a segment has one of its own, which is not a file that is used again. */
  hasRoom(position: number, bytes: number): boolean {
    const { limit, isRecycled } = this.#space
    return position + bytes <= limit || (position === SEGMENT_HEADER_BYTES && !isRecycled)
  }

  /** Zeros up to the end of the sector: no sector has old bytes behind new ones. */
  paddingAfter(position: number): number {
    return this.#space.isRecycled ? -position & (SECTOR_BYTES - 1) : 0
  }

  write(bytes: Uint8Array, position: number): void {
    writeWhole(this.#fileSystem, this.#handle, bytes, position)
  }

  /** Adds zeros before the records come near the end of the file. The next fsync takes them along. */
  grow(position: number): void {
    const { step, limit } = this.#space
    if (step === 0 || this.#allocated >= limit || position + step / 2 < this.#allocated) return
    const from = Math.max(position, this.#allocated)
    const to = Math.min(limit, from + step)
    try {
      fillWithZeros(this.#fileSystem, this.#handle, from, to)
      this.#allocated = to
    } catch {
      // The disk may be full. Then the file grows as it is written to, and if that fails too, the write fails.
      this.#fileSystem.truncate(this.#handle, from)
      this.#allocated = Number.POSITIVE_INFINITY
    }
  }

  sync(): Promise<void> {
    return syncData(this.#fileSystem, this.#handle)
  }

  close(): void {
    this.#fileSystem.close(this.#handle)
  }
}

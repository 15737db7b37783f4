// A file that becomes the next segment, made ready in the background: a new one that is filled with zeros
// (preallocation.ts), or one that was a segment and is used again (stale-sectors.ts).
import { syncData, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import { fillWithZeros } from './preallocation.ts'
import { checksumSectors, encodeStaleSectors, sectorsOf } from './stale-sectors.ts'
import { SECTOR_BYTES } from './torn-write.ts'

const STEP_BYTES = 1024 * 1024

export class SpareSegment {
  readonly isRecycled: boolean
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #bytes: number
  #handle: FileHandle | null = null
  #ready = false
  #wanted = true
  /** Resolves when nothing touches the file any more. Never rejects. */
  readonly #made: Promise<void>

  /** `isRecycled`: the file is there, and was a segment. */
  constructor(fileSystem: FileSystem, path: string, bytes: number, isRecycled: boolean) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.#bytes = bytes
    this.isRecycled = isRecycled
    this.#made = this.#make()
  }

  async #make(): Promise<void> {
    try {
      await (this.isRecycled ? this.#recycle() : this.#fill())
      this.#ready = this.#wanted
    } catch {
      // The disk may be full. Then the next segment grows as it is written to, and if that fails too, the
      // write fails.
      this.#discard()
    }
    if (!this.#wanted && !this.#ready) this.#discard()
  }

  async #fill(): Promise<void> {
    const fileSystem = this.#fileSystem
    if (fileSystem.exists(this.#path)) fileSystem.remove(this.#path)
    const handle = fileSystem.open(this.#path, 'create')
    this.#handle = handle
    // Each step is durable before the next, so that the log's own writes can go on in between.
    for (let at = 0; at < this.#bytes && this.#wanted; at += STEP_BYTES) {
      fillWithZeros(fileSystem, handle, at, Math.min(at + STEP_BYTES, this.#bytes))
      await syncData(fileSystem, handle)
    }
  }

  async #recycle(): Promise<void> {
    const fileSystem = this.#fileSystem
    const handle = fileSystem.open(this.#path, 'existing')
    this.#handle = handle
    const length = sectorsOf(this.#bytes)
    const before = fileSystem.size(handle)
    if (before > length) fileSystem.truncate(handle, length)
    else fillWithZeros(fileSystem, handle, before, length)
    const checksums = new Uint32Array(length / SECTOR_BYTES)
    const step = new Uint8Array(Math.min(length, STEP_BYTES))
    for (let at = 0; at < length && this.#wanted; at += STEP_BYTES) {
      const sectors = step.subarray(0, length - at)
      const count = await fileSystem.readAt(handle, sectors, at)
      if (count !== sectors.length) throw new Error(`${this.#path} became shorter while it was read`)
      checksumSectors(sectors, checksums, at / SECTOR_BYTES)
    }
    if (!this.#wanted) return
    writeWhole(fileSystem, handle, encodeStaleSectors(checksums), length)
    await syncData(fileSystem, handle)
  }

  /** The file, renamed to `path`, or null if it is not ready. To be called once. */
  take(path: string): FileHandle | null {
    this.#wanted = false
    if (!this.#ready || this.#handle === null) return null
    this.#fileSystem.rename(this.#path, path)
    const handle = this.#handle
    this.#handle = null
    return handle
  }

  /** Stops, and removes the file unless it was taken. */
  async close(): Promise<void> {
    this.#wanted = false
    await this.#made
    this.#discard()
  }

  #discard(): void {
    if (this.#handle === null) return
    this.#fileSystem.close(this.#handle)
    this.#handle = null
    this.#fileSystem.remove(this.#path)
  }
}

// Allocates space on the disk before it is needed. An fsync of bytes within a file is faster than one that
// makes the file grow, because the file system need not write down a new length and new blocks. So a segment
// is filled with zeros when it is made, and the next one is made beside it while this one fills up.
//
// No record begins or ends with zeros, so the unused end of a segment can be told from its records
// (`withoutZeros`).
import { syncData, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'

const STEP_BYTES = 1024 * 1024
const zeros = new Uint8Array(STEP_BYTES)

/** Writes zeros over [from, to). Does not sync them. */
export function fillWithZeros(fileSystem: FileSystem, file: FileHandle, from: number, to: number): void {
  for (let at = from; at < to; at += STEP_BYTES)
    writeWhole(fileSystem, file, zeros.subarray(0, Math.min(STEP_BYTES, to - at)), at)
}

/** The file without the zeros at its end, but with its first `atLeast` bytes. A view, not a copy. */
export function withoutZeros(file: Uint8Array, atLeast: number): Uint8Array {
  const { buffer, byteOffset, length } = file
  let end = length
  // Word by word, because a fresh segment is nearly all zeros.
  if (byteOffset % 8 === 0) {
    const words = new BigUint64Array(buffer, byteOffset, length >> 3)
    while (end % 8 !== 0 && file[end - 1] === 0) end--
    if (end % 8 === 0) {
      let word = end >> 3
      while (word > 0 && words[word - 1] === 0n) word--
      end = word << 3
    }
  }
  while (end > 0 && file[end - 1] === 0) end--
  return file.subarray(0, Math.max(end, Math.min(atLeast, length)))
}

/** A file of zeros that is being made in the background, to become the next segment. */
export class SpareSegment {
  readonly #fileSystem: FileSystem
  readonly #path: string
  readonly #bytes: number
  #handle: FileHandle | null = null
  #ready = false
  #wanted = true
  /** Resolves when nothing touches the file any more. Never rejects. */
  readonly #made: Promise<void>

  constructor(fileSystem: FileSystem, path: string, bytes: number) {
    this.#fileSystem = fileSystem
    this.#path = path
    this.#bytes = bytes
    this.#made = this.#make()
  }

  async #make(): Promise<void> {
    const fileSystem = this.#fileSystem
    try {
      if (fileSystem.exists(this.#path)) fileSystem.remove(this.#path)
      const handle = fileSystem.open(this.#path, 'create')
      this.#handle = handle
      // Each step is durable before the next, so that the log's own writes can go on in between.
      for (let at = 0; at < this.#bytes && this.#wanted; at += STEP_BYTES) {
        fillWithZeros(fileSystem, handle, at, Math.min(at + STEP_BYTES, this.#bytes))
        await syncData(fileSystem, handle)
      }
      this.#ready = this.#wanted
    } catch {
      // The disk may be full. Then the next segment grows as it is written to, and if that fails too, the
      // write fails.
      this.#discard()
    }
    if (!this.#wanted && !this.#ready) this.#discard()
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

// Writes a snapshot's file: one that this member takes, or one that it receives.
import { syncData, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import { encodeFrame, encodeTrailer, FRAME_BYTES, type Total } from './snapshot-format.ts'
import type { Blocks } from './snapshot-layout.ts'

/** The most bytes of a block. */
export const BLOCK_BYTES: number = 64 * 1024

export class BlockWriter {
  readonly blocks: Blocks
  readonly #fileSystem: FileSystem
  readonly #handle: FileHandle
  readonly #block: Uint8Array = new Uint8Array(FRAME_BYTES + BLOCK_BYTES)

  constructor(fileSystem: FileSystem, handle: FileHandle, blocks: Blocks) {
    this.#fileSystem = fileSystem
    this.#handle = handle
    this.blocks = blocks
  }

  /** Appends one block of at most {@link BLOCK_BYTES}. */
  write(bytes: Uint8Array, afterSync: boolean): void {
    const { blocks } = this
    const frame = { length: bytes.length, afterSync }
    this.#block.set(bytes, FRAME_BYTES)
    encodeFrame(this.#block, frame, blocks.size, blocks.header.checksum)
    const block = this.#block.subarray(0, FRAME_BYTES + bytes.length)
    writeWhole(this.#fileSystem, this.#handle, block, blocks.positionOf(blocks.count))
    blocks.add(frame)
  }

  sync(): Promise<void> {
    return syncData(this.#fileSystem, this.#handle)
  }

  /** Completes the file, and makes its bytes durable. */
  async end(total: Total): Promise<void> {
    const { blocks } = this
    const trailer = encodeTrailer(total, blocks.header.checksum)
    writeWhole(this.#fileSystem, this.#handle, trailer, blocks.positionOf(blocks.count))
    await this.sync()
  }
}

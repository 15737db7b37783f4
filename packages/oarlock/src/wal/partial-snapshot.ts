// The snapshot that is being received from another member: `partial.snapshot`. Its bytes are durable before
// they are acknowledged, so a transfer goes on after a restart.
import { createHash } from 'node:crypto'
import { InvariantError, type PartialSnapshot, type SnapshotOffer } from '@oarlock/core'
import { SnapshotDamagedError } from '@oarlock/runtime'
import { syncData, syncDirectory, writeWhole } from './durable-file.ts'
import type { FileHandle, FileSystem } from './file-system.ts'
import { BLOCK_BYTES, BlockWriter } from './snapshot-blocks.ts'
import { damagedSnapshot, readBlocks } from './snapshot-file.ts'
import { decodeHeader, encodeFrame, encodeHeader, FRAME_BYTES, type Total } from './snapshot-format.ts'
import { Blocks, readLayout } from './snapshot-layout.ts'

export const PARTIAL_NAME = 'partial.snapshot'
/** How much is read at a time to compute a digest. */
const READ_BYTES = 1024 * 1024

interface Place {
  readonly fileSystem: FileSystem
  readonly directory: string
  readonly incarnation: Uint8Array
  /** The path of the file. */
  readonly file: string
}

export class PartialFile {
  readonly offer: SnapshotOffer
  readonly handle: FileHandle
  readonly #place: Place
  readonly #writer: BlockWriter

  private constructor(place: Place, handle: FileHandle, blocks: Blocks) {
    this.offer = blocks.header.offer!
    this.handle = handle
    this.#place = place
    this.#writer = new BlockWriter(place.fileSystem, handle, blocks)
  }

  /** Begins a new file. Its name is durable then. */
  static async start(place: Place, offer: SnapshotOffer): Promise<PartialFile> {
    const { fileSystem, directory, file, incarnation } = place
    if (fileSystem.exists(file)) fileSystem.remove(file)
    const header = encodeHeader({ meta: offer.snapshot, offer }, incarnation)
    const handle = fileSystem.open(file, 'create')
    try {
      writeWhole(fileSystem, handle, header, 0)
      await syncData(fileSystem, handle)
      await syncDirectory(fileSystem, directory)
    } catch (error) {
      fileSystem.close(handle)
      fileSystem.remove(file)
      throw error
    }
    return new PartialFile(place, handle, new Blocks(decodeHeader(header, incarnation)!))
  }

  /** What a start finds, without the end that a crash may have torn. Null: nothing of use. */
  static async find(place: Place): Promise<PartialFile | null> {
    const { fileSystem, file, incarnation } = place
    if (!fileSystem.exists(file)) return null
    const handle = fileSystem.open(file, 'existing')
    const { blocks } = readLayout(fileSystem, handle, incarnation)
    if (blocks?.header.offer == null) {
      fileSystem.close(handle)
      fileSystem.remove(file)
      return null
    }
    try {
      await keepWhole(place, handle, blocks)
    } catch {
      // The disk is full, or fails. It costs the partial snapshot only.
      fileSystem.close(handle)
      fileSystem.remove(file)
      return null
    }
    return new PartialFile(place, handle, blocks)
  }

  get blocks(): Blocks {
    return this.#writer.blocks
  }

  get partial(): PartialSnapshot {
    return { offer: this.offer, received: this.blocks.size }
  }

  /** The bytes are durable when this resolves. */
  async append(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset !== this.blocks.size)
      throw new InvariantError(
        `bytes of a snapshot from ${offset} on do not follow the ${this.blocks.size} before`,
      )
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES)
      this.#writer.write(bytes.subarray(at, at + BLOCK_BYTES), at === 0)
    await this.#writer.sync()
  }

  /**
   * Completes the file, which only lacks its name then. Rejects with SnapshotDamagedError if the bytes are not
   * those of the offer. They are read back: what counts is on the disk.
   */
  async complete(): Promise<Total> {
    const { size, digest } = this.offer
    if (this.blocks.size !== size) throw this.#damaged(`it has ${this.blocks.size} of ${size} bytes`)
    const hash = createHash('sha256')
    for (let block = 0, last = 0; block < this.blocks.count; block = last + 1) {
      last = this.blocks.find(this.blocks.offsetOf(block) + READ_BYTES)
      for (const bytes of await readBlocks(this.#place, this.handle, this.blocks, block, last))
        hash.update(bytes)
    }
    if (hash.digest('hex') !== digest) throw this.#damaged('its digest is not the one that was offered')
    const total = { size, digest }
    await this.#writer.end(total)
    return total
  }

  close(): void {
    this.#place.fileSystem.close(this.handle)
  }

  remove(): void {
    this.close()
    this.#place.fileSystem.remove(this.#place.file)
  }

  #damaged(what: string): SnapshotDamagedError {
    return damagedSnapshot(this.#place.file, 0, what)
  }
}

/**
 * Cuts off what a crash has torn, and makes the rest durable. Bytes that were read may be in the page cache only,
 * so what may not be durable is written again, as at the start of the log (recovery.ts).
 */
async function keepWhole(place: Place, handle: FileHandle, blocks: Blocks): Promise<void> {
  const { fileSystem, incarnation } = place
  if (blocks.count === 0) writeWhole(fileSystem, handle, encodeHeader(blocks.header, incarnation), 0)
  for (let block = blocks.unsyncedFrom; block < blocks.count; block++) {
    try {
      const [bytes] = await readBlocks(place, handle, blocks, block, block)
      const frame = { length: bytes!.length, afterSync: block === blocks.unsyncedFrom }
      const whole = new Uint8Array(FRAME_BYTES + bytes!.length)
      whole.set(bytes!, FRAME_BYTES)
      encodeFrame(whole, frame, blocks.offsetOf(block), blocks.header.checksum)
      writeWhole(fileSystem, handle, whole, blocks.positionOf(block))
    } catch (error) {
      if (!(error instanceof SnapshotDamagedError)) throw error
      blocks.cutAt(block)
    }
  }
  fileSystem.truncate(handle, blocks.positionOf(blocks.count))
  await syncData(fileSystem, handle)
}

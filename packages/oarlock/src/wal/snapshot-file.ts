// A stored snapshot's file: reads its bytes and checks them, block by block.
import { SnapshotDamagedError, type StoredSnapshot } from '@oarlock/runtime'
import type { FileHandle, FileSystem } from './file-system.ts'
import { blockIsWhole, FRAME_BYTES, type Total } from './snapshot-format.ts'
import type { Blocks } from './snapshot-layout.ts'

interface Place {
  readonly fileSystem: FileSystem
  /** The path of the file. */
  readonly file: string
}

/** The bytes of blocks, the last one included. Rejects with SnapshotDamagedError. */
export async function readBlocks(
  { fileSystem, file }: Place,
  handle: FileHandle,
  blocks: Blocks,
  first: number,
  last: number,
): Promise<readonly Uint8Array[]> {
  const from = blocks.positionOf(first)
  const bytes = Buffer.allocUnsafeSlow(blocks.positionOf(last + 1) - from)
  const count = await fileSystem.readAt(handle, bytes, from).catch((cause: unknown) => {
    throw damagedSnapshot(file, from, `the disk cannot read it (${(cause as Error).message})`, cause)
  })
  const result: Uint8Array[] = []
  for (let block = first; block <= last; block++) {
    const start = blocks.positionOf(block) - from
    const end = blocks.positionOf(block + 1) - from
    if (end > count) throw damagedSnapshot(file, from + count, 'it is cut short')
    const whole = bytes.subarray(start, end)
    if (!blockIsWhole(whole, blocks.offsetOf(block), blocks.header.checksum))
      throw damagedSnapshot(file, from + start, 'the checksum of a block does not match')
    result.push(whole.subarray(FRAME_BYTES))
  }
  return result
}

/**
 * The bytes of blocks without their frames, in the buffer that they were read into: a restore reads
 * gigabytes.
 */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset } = parts[0]!
  const bytes = new Uint8Array(buffer, byteOffset)
  let end = 0
  for (const part of parts) {
    const at = part.byteOffset - byteOffset
    bytes.copyWithin(end, at, at + part.length)
    end += part.length
  }
  return bytes
}

export class SnapshotFile {
  readonly snapshot: StoredSnapshot
  readonly #place: Place
  readonly #handle: FileHandle
  readonly #blocks: Blocks
  #reading = 0
  #closed = false

  constructor(place: Place, handle: FileHandle, blocks: Blocks, total: Total) {
    this.snapshot = { meta: blocks.header.meta, ...total }
    this.#place = place
    this.#handle = handle
    this.#blocks = blocks
  }

  /** The path. */
  get file(): string {
    return this.#place.file
  }

  /** Rejects with SnapshotDamagedError. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    if (this.#closed) throw damagedSnapshot(this.file, 0, 'it was removed')
    const blocks = this.#blocks
    const first = blocks.find(offset)
    const last = blocks.find(offset + length - 1)
    this.#reading++
    try {
      const parts = await readBlocks(this.#place, this.#handle, blocks, first, last)
      const from = offset - blocks.offsetOf(first)
      return joined(parts).subarray(from, from + length)
    } finally {
      this.#reading--
      this.#closeIfUnused()
    }
  }

  /** Closes the file once nobody reads it any more. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#closeIfUnused()
  }

  #closeIfUnused(): void {
    if (this.#closed && this.#reading === 0) this.#place.fileSystem.close(this.#handle)
  }
}

export function damagedSnapshot(
  file: string,
  at: number,
  what: string,
  cause?: unknown,
): SnapshotDamagedError {
  return new SnapshotDamagedError(
    `the snapshot ${file} cannot be used from byte ${at} on: ${what}. Check the disk. A member that has no other snapshot gets one from its peers: see docs/errors.md`,
    { cause },
  )
}

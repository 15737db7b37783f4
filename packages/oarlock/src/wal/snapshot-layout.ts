import type { FileHandle, FileSystem } from './file-system.ts'
import {
  decodeFrame,
  decodeHeader,
  decodeTrailer,
  FRAME_BYTES,
  type Frame,
  type Header,
  headerBytes,
  PREAMBLE_BYTES,
  type Total,
  TRAILER_BYTES,
} from './snapshot-format.ts'

/** The blocks of a file: where the bytes of each begin, among all bytes. */
export class Blocks {
  readonly header: Header
  readonly #offsets: number[] = []
  #size = 0
  #unsyncedFrom = 0

  constructor(header: Header) {
    this.header = header
  }

  get count(): number {
    return this.#offsets.length
  }

  /** The bytes of all blocks. */
  get size(): number {
    return this.#size
  }

  /** The first block that a crash may have torn. */
  get unsyncedFrom(): number {
    return this.#unsyncedFrom
  }

  add({ length, afterSync }: Frame): void {
    if (afterSync) this.#unsyncedFrom = this.count
    this.#offsets.push(this.#size)
    this.#size += length
  }

  /** Forgets a block and those after it. */
  cutAt(block: number): void {
    this.#size = this.offsetOf(block)
    this.#offsets.length = block
  }

  /** Where the bytes of a block begin; the end of all bytes for the one after the last. */
  offsetOf(block: number): number {
    return this.#offsets[block] ?? this.#size
  }

  /** Where a block begins in the file. */
  positionOf(block: number): number {
    return this.header.bytes + this.offsetOf(block) + block * FRAME_BYTES
  }

  /** The block that has this byte. */
  find(offset: number): number {
    let low = 0
    let high = this.#offsets.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#offsets[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** Why a file cannot be used, and from which byte on. */
export interface Damage {
  readonly at: number
  readonly what: string
}

/** What is in a file. */
export interface Layout {
  /** Null if the header is damaged. */
  readonly blocks: Blocks | null
  /** Null: the file is not complete. */
  readonly total: Total | null
  readonly damage: Damage | null
}

/** Reads a file's header and frames. */
export function readLayout(fileSystem: FileSystem, handle: FileHandle, incarnation: Uint8Array): Layout {
  const end = fileSystem.size(handle)
  const read = (at: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    return bytes.subarray(0, fileSystem.readSync(handle, bytes, at))
  }
  const bad = (at: number, what: string, blocks: Blocks | null = null): Layout => ({
    blocks,
    total: null,
    damage: { at, what },
  })
  const preamble = read(0, PREAMBLE_BYTES)
  if (preamble.length < PREAMBLE_BYTES) return bad(end, 'it is cut short')
  const length = headerBytes(preamble)
  if (length === 'other-version') return bad(8, 'a later version of oarlock has written it')
  if (length === 'damaged') return bad(0, 'it does not begin as a snapshot')
  if (length > end) return bad(end, 'it is cut short')
  const header = decodeHeader(read(0, length), incarnation)
  if (header === null) return bad(0, 'its header is damaged, or it comes from another data directory')
  const blocks = new Blocks(header)
  for (;;) {
    const at = blocks.positionOf(blocks.count)
    const bytes = read(at, TRAILER_BYTES)
    if (bytes.length < FRAME_BYTES) return bad(end, 'it is cut short', blocks)
    const frame = decodeFrame(bytes, blocks.size, header.checksum)
    if (frame === null) return bad(at, 'the length of a block is damaged', blocks)
    if (frame === 'trailer') {
      if (bytes.length < TRAILER_BYTES) return bad(end, 'it is cut short', blocks)
      const total = decodeTrailer(bytes, header.checksum)
      if (total === null || total.size !== blocks.size)
        return bad(at, 'its last bytes, with the digest, are damaged', blocks)
      return { blocks, total, damage: null }
    }
    if (at + FRAME_BYTES + frame.length > end) return bad(end, 'it is cut short', blocks)
    blocks.add(frame)
  }
}

// The bytes of the log in memory, in few large buffers. A garbage collector that walks half a million small
// ones stops the process for longer than an election timeout. A record is encoded where it will stay: the
// same bytes go to the disk and serve the readers.

/** A buffer, and a view of it. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** Free space: the number of a chunk, and a byte in it. */
export interface Space {
  readonly number: number
  readonly chunk: Chunk
  readonly at: number
}

const MOST_CHUNK_BYTES = 1024 * 1024

/** Chunks are numbered for as long as they are there. The last one is being filled. */
export class Chunks {
  readonly #chunkBytes: number
  readonly #chunks: Chunk[] = []
  /** The number of the oldest chunk. */
  #first = 0
  /** The first free byte of the last chunk. */
  #free = 0
  #bytes = 0

  /** A larger record has a chunk of its own. */
  constructor(chunkBytes: number) {
    this.#chunkBytes = Math.min(chunkBytes, MOST_CHUNK_BYTES)
  }

  get first(): number {
    return this.#first
  }

  get count(): number {
    return this.#chunks.length
  }

  /** The bytes of all chunks. */
  get bytes(): number {
    return this.#bytes
  }

  get(number: number): Chunk {
    return this.#chunks[number - this.#first]!
  }

  /** Space for `bytes` bytes, not zeroed. Without {@link keep}, the next call returns the same. */
  reserve(bytes: number): Space {
    let last = this.#chunks.at(-1)
    if (last === undefined || this.#free + bytes > last.bytes.length) {
      last = chunkOf(Buffer.allocUnsafeSlow(Math.max(this.#chunkBytes, bytes)))
      this.#chunks.push(last)
      this.#bytes += last.bytes.length
      this.#free = 0
    }
    return { number: this.#first + this.#chunks.length - 1, chunk: last, at: this.#free }
  }

  /** Keeps the first `bytes` bytes of the space that was reserved last. */
  keep(bytes: number): void {
    this.#free += bytes
  }

  /** The buffer stays for as long as somebody has an entry of it. */
  dropFirst(): void {
    this.#bytes -= this.#chunks.shift()!.bytes.length
    this.#first++
  }
}

export function chunkOf(bytes: Uint8Array): Chunk {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

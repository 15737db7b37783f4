// The bytes of the log in memory, in few large buffers. A garbage collector that walks half a million small
// ones stops the process for longer than an election timeout. A record is encoded where it will stay: the
// same bytes go to the disk and serve the readers. After a restart a chunk is a segment file as it was read.

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

const CHUNK_BYTES = 1024 * 1024

export class Chunks {
  readonly #chunks: Chunk[] = []
  /** The number of the chunk that is being filled, and its first free byte. */
  #filling = -1
  #free = 0

  /** Takes ownership of a buffer and returns its number. */
  add(bytes: Uint8Array): number {
    this.#chunks.push(chunkOf(bytes))
    return this.#chunks.length - 1
  }

  get(number: number): Chunk {
    return this.#chunks[number]!
  }

  /** Space for `bytes` bytes, not zeroed. Without {@link keep}, the next call returns the same. */
  reserve(bytes: number): Space {
    const filling = this.#chunks[this.#filling]
    if (filling === undefined || this.#free + bytes > filling.bytes.length) {
      this.#filling = this.add(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes)))
      this.#free = 0
    }
    return { number: this.#filling, chunk: this.get(this.#filling), at: this.#free }
  }

  /** Keeps the first `bytes` bytes of the space that was reserved last. */
  keep(bytes: number): void {
    this.#free += bytes
  }
}

export function chunkOf(bytes: Uint8Array): Chunk {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

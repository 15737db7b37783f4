// The bytes of the log in memory: few large buffers, because a garbage collector that walks half a million small ones
// stops the world for longer than an election timeout. A record is encoded where it will stay: the same bytes go to
// the disk and serve the readers. After a restart a chunk is a segment file as it was read.

/** One buffer, seen both ways. */
export interface Chunk {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** Room for bytes: the chunk's number, and where in it. */
export interface Room {
  readonly number: number
  readonly chunk: Chunk
  readonly at: number
}

const CHUNK_BYTES = 1024 * 1024

export class Chunks {
  readonly #chunks: Chunk[] = []
  /** The chunk that is being filled, and its first free byte. */
  #filling = -1
  #free = 0

  /** Takes a buffer over as it is; returns its number. */
  add(bytes: Uint8Array): number {
    this.#chunks.push(chunkOf(bytes))
    return this.#chunks.length - 1
  }

  get(number: number): Chunk {
    return this.#chunks[number]!
  }

  /** Room for so many bytes, not zeroed. It is handed out again unless {@link keep} is called. */
  reserve(bytes: number): Room {
    const filling = this.#chunks[this.#filling]
    if (filling === undefined || this.#free + bytes > filling.bytes.length) {
      this.#filling = this.add(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, bytes)))
      this.#free = 0
    }
    return { number: this.#filling, chunk: this.get(this.#filling), at: this.#free }
  }

  /** Keeps so many bytes of the room that was reserved last. */
  keep(bytes: number): void {
    this.#free += bytes
  }
}

export function chunkOf(bytes: Uint8Array): Chunk {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

// Memory for many short byte arrays. A `new Uint8Array` takes longer than all other work on a small command,
// and is one more object for the garbage collector.

const slabBytes = 16 * 1024

export class Slab {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(slabBytes)
  #used = 0

  /** Returns bytes that nothing else uses. All are zero. */
  allocate(length: number): Uint8Array<ArrayBuffer> {
    if (length > slabBytes / 4) return new Uint8Array(length)
    if (this.#used + length > slabBytes) {
      this.#bytes = new Uint8Array(slabBytes)
      this.#used = 0
    }
    const start = this.#used
    this.#used += length
    return this.#bytes.subarray(start, start + length)
  }
}

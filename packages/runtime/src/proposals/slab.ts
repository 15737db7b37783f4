// Memory for many short byte arrays. A `new Uint8Array` costs more than a small command's other work, and leaves one
// more object to the garbage collector.

const slabBytes = 16 * 1024

export class Slab {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(slabBytes)
  #used = 0

  /** Bytes that nothing else uses. All zero, as `new Uint8Array` leaves them. */
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

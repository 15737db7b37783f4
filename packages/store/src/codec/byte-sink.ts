// Numbers and bytes, one after the other, in a buffer that grows. Numbers take as many bytes as they need: seven bits
// in each, the lowest first, as in protocol buffers.

export class ByteSink {
  #bytes: Uint8Array = new Uint8Array(64)
  #length = 0

  /** A whole number from 0 to 2^53 - 1. Throws RangeError for any other one. */
  uint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${value} is not a whole number from 0 to 2^53 - 1`)
    this.#reserve(8)
    let left = value
    while (left >= 0x80) {
      this.#bytes[this.#length++] = (left % 0x80) | 0x80
      left = Math.floor(left / 0x80)
    }
    this.#bytes[this.#length++] = left
  }

  /** Their number, and then the bytes. */
  bytes(value: Uint8Array): void {
    this.uint(value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** Nothing, or a value. */
  optional<T>(value: T | null | undefined, write: (value: T) => void): void {
    const isThere = value !== null && value !== undefined
    this.uint(isThere ? 1 : 0)
    if (isThere) write(value)
  }

  list<T>(values: readonly T[], write: (value: T) => void): void {
    this.uint(values.length)
    for (const value of values) write(value)
  }

  get length(): number {
    return this.#length
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length)
    this.#length = 0
    return taken
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#length + more, 2 * this.#bytes.length))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

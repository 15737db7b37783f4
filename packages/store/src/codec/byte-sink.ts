// Numbers and bytes, one after the other, in a buffer that grows. Numbers take as many bytes as they need: seven bits
// in each, the lowest first, as in protocol buffers.

const nothing = new Uint8Array(0)
/** Buffers that no sink uses now: most sinks are used once, and new ones take their time. */
const spare: Uint8Array[] = []
const mostSpare = 8
/** Of a new buffer, and of one that is kept. */
const buffer = { least: 512, most: 128 * 1024 }

export class ByteSink {
  #bytes: Uint8Array = nothing
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
    const { length } = this.#bytes
    if (length > 0 && length <= buffer.most && spare.length < mostSpare) spare.push(this.#bytes)
    this.#bytes = nothing
    return taken
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    if (this.#length === 0 && spare.length > 0) this.#bytes = spare.pop()!
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length, buffer.least))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}

// Reads what a ByteSink has written. The bytes may be damaged or hostile: every read is checked against the end, and no
// announced length allocates more than the bytes that are there.
import { DecodeError } from '@oarlock/runtime'
import { copyOf } from '../model/bytes.ts'

export class ByteSource {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  uint(): number {
    let value = 0
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw new DecodeError('the bytes end in a number')
      value += (byte & 0x7f) * unit
      if (!Number.isSafeInteger(value) || unit > 2 ** 49)
        throw new DecodeError('found a number above 2^53 - 1')
      if (byte < 0x80) return value
    }
  }

  /** Below `most`. */
  tag(most: number): number {
    const value = this.uint()
    if (value >= most) throw new DecodeError(`expected a number below ${most} and found ${value}`)
    return value
  }

  flag(): boolean {
    return this.tag(2) === 1
  }

  /** A copy. */
  bytes(): Uint8Array {
    const length = this.uint()
    if (length > this.remaining) throw new DecodeError(`expected ${length} bytes and found ${this.remaining}`)
    this.#at += length
    return copyOf(this.#bytes.subarray(this.#at - length, this.#at))
  }

  optional<T>(read: () => T): T | null {
    return this.flag() ? read() : null
  }

  /** Each item has at least one byte. */
  list<T>(read: () => T): T[] {
    const count = this.uint()
    if (count > this.remaining)
      throw new DecodeError(`${count} items are announced, and ${this.remaining} bytes cannot hold them`)
    return Array.from({ length: count }, read)
  }

  /** Throws if anything is left. */
  end(): void {
    if (this.remaining > 0) throw new DecodeError(`${this.remaining} bytes are left over`)
  }
}

// Reads what ByteWriter wrote. The bytes may be damaged or hostile: every read is checked against the end, and nothing
// is allocated on the word of a length that the bytes do not bear out.
import { DecodeError } from '@oarlock/runtime'

const highWord = 2 ** 32
/** The upper half of 2^53 - 1, the greatest integer that a number holds exactly. */
const greatestHighWord = 2 ** 21 - 1

// A byte order mark is part of a name like any other character.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ByteReader {
  readonly #buffer: Uint8Array
  readonly #view: DataView
  readonly #end: number
  #at = 0

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    this.#end = buffer.byteLength
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  u8(): number {
    const at = this.#take(1)
    return this.#view.getUint8(at)
  }

  bool(): boolean {
    const value = this.u8()
    if (value > 1) throw new DecodeError(`${value} where 0 or 1 should be`)
    return value === 1
  }

  u16(): number {
    const at = this.#take(2)
    return this.#view.getUint16(at)
  }

  u32(): number {
    const at = this.#take(4)
    return this.#view.getUint32(at)
  }

  /** An integer of eight bytes. Above 2^53 - 1 it would not be exact: an error. */
  u64(): number {
    const at = this.#take(8)
    const high = this.#view.getUint32(at)
    if (high > greatestHighWord) throw new DecodeError('a number above 2^53 - 1')
    return high * highWord + this.#view.getUint32(at + 4)
  }

  f64(): number {
    const at = this.#take(8)
    const value = this.#view.getFloat64(at)
    if (!Number.isFinite(value)) throw new DecodeError(`${value} where a finite number should be`)
    return value
  }

  /** A view of the buffer, not a copy. */
  bytes(): Uint8Array {
    const length = this.u32()
    const at = this.#take(length)
    return new Uint8Array(this.#buffer.buffer as ArrayBuffer, this.#buffer.byteOffset + at, length)
  }

  string(): string {
    const bytes = this.bytes()
    try {
      return utf8.decode(bytes)
    } catch (cause) {
      throw new DecodeError('a name that is not UTF-8', { cause })
    }
  }

  /** How many items follow, each of at least `itemSize` bytes. */
  count(itemSize: number): number {
    const count = this.u32()
    if (count * itemSize > this.remaining)
      throw new DecodeError(`${count} items announced in ${this.remaining} bytes`)
    return count
  }

  #take(length: number): number {
    const at = this.#at
    if (length > this.#end - at)
      throw new DecodeError(`cut short: ${length} bytes expected, ${this.#end - at} left`)
    this.#at = at + length
    return at
  }
}

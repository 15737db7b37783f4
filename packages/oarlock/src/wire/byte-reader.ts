// Reads what ByteWriter wrote. The bytes may be damaged or hostile. So every read is checked against the end,
// and no announced length allocates more than the bytes that are there.
import { DecodeError } from '@oarlock/runtime'

const highWord = 2 ** 32
/** The upper half of 2^53 - 1, the greatest safe integer. */
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
    if (value > 1) throw new DecodeError(`expected 0 or 1 and found ${value}`)
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

  /** An integer of eight bytes, of at most 2^53 - 1. */
  u64(): number {
    const at = this.#take(8)
    const high = this.#view.getUint32(at)
    if (high > greatestHighWord) throw new DecodeError('found a number above 2^53 - 1')
    return high * highWord + this.#view.getUint32(at + 4)
  }

  f64(): number {
    const at = this.#take(8)
    const value = this.#view.getFloat64(at)
    if (!Number.isFinite(value)) throw new DecodeError(`expected a finite number and found ${value}`)
    return value
  }

  /** A view of the buffer, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.u32())
  }

  /** Bytes whose number is known: a view of the buffer, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#take(length)
    return new Uint8Array(this.#buffer.buffer as ArrayBuffer, this.#buffer.byteOffset + at, length)
  }

  string(): string {
    const bytes = this.bytes()
    try {
      return utf8.decode(bytes)
    } catch (cause) {
      throw new DecodeError('found a name that is not UTF-8', { cause })
    }
  }

  /** The number of items that follow, each of at least `itemSize` bytes. */
  count(itemSize: number): number {
    const count = this.u32()
    if (count * itemSize > this.remaining)
      throw new DecodeError(`${count} items are announced, and ${this.remaining} bytes cannot hold them`)
    return count
  }

  #take(length: number): number {
    const at = this.#at
    if (length > this.#end - at)
      throw new DecodeError(`expected ${length} more bytes and found ${this.#end - at}`)
    this.#at = at + length
    return at
  }
}

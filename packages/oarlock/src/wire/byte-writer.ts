// Writes numbers (big-endian), strings and bytes into one buffer whose size was computed beforehand.

const highWord = 2 ** 32

/** Four bytes for the length, then UTF-8. */
export const stringSize = (value: string): number => 4 + Buffer.byteLength(value)

export class ByteWriter {
  readonly buffer: Buffer
  readonly #view: DataView
  #at = 0

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size)
    this.#view = new DataView(this.buffer.buffer, this.buffer.byteOffset, size)
  }

  /** The position of the next byte. */
  get at(): number {
    return this.#at
  }

  u8(value: number): void {
    this.#view.setUint8(this.#at, value)
    this.#at += 1
  }

  bool(value: boolean): void {
    this.u8(value ? 1 : 0)
  }

  u16(value: number): void {
    this.#view.setUint16(this.#at, value)
    this.#at += 2
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value)
    this.#at += 4
  }

  /** Overwrites four bytes, for a length or a checksum that is known only afterwards. */
  u32At(at: number, value: number): void {
    this.#view.setUint32(at, value)
  }

  /** A safe integer in eight bytes. Throws RangeError for any other number. */
  u64(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${value} cannot be sent as a term, index or count`)
    this.#view.setUint32(this.#at, Math.floor(value / highWord))
    this.#view.setUint32(this.#at + 4, value >>> 0)
    this.#at += 8
  }

  /** A finite number. Throws RangeError for any other one, which the reader would refuse. */
  f64(value: number): void {
    if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be sent: it is not a finite number`)
    this.#view.setFloat64(this.#at, value)
    this.#at += 8
  }

  /** Four bytes of length, then the bytes. */
  bytes(value: Uint8Array): void {
    this.u32(value.length)
    this.raw(value)
  }

  /** Bytes whose number the reader knows. */
  raw(value: Uint8Array): void {
    this.buffer.set(value, this.#at)
    this.#at += value.length
  }

  string(value: string): void {
    const length = this.buffer.write(value, this.#at + 4, 'utf8')
    this.u32(length)
    this.#at += length
  }
}

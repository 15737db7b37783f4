// Cuts a stream of chunks into frames. A frame within one chunk is returned as a view of it. A frame that
// spans chunks is copied, once, into a buffer that grows with the bytes that have arrived. So the work is
// linear in the bytes, however they are cut into chunks, and an announced length alone allocates little.
import { FrameTags } from './authentication.ts'
import { contentLength, defaultMaxFrameBytes, type Frame, frameHeaderSize, openFrame } from './frame.ts'

/** A frame up to this size gets its whole buffer at once. The buffer of a longer one grows as it arrives. */
const trustedSize = 1024 * 1024
const smallestBuffer = 64
const nothing = Buffer.alloc(0)

export class FrameDecoder {
  /** Longer frames are refused. In bytes. May change between two frames. */
  maxFrameBytes: number
  /** Checks that the following frames are authentic; null: they are not authenticated. */
  tags: FrameTags | null = null
  /** The beginning of a frame that is not complete yet. */
  #partial: Buffer = nothing
  #have = 0

  constructor(maxFrameBytes: number = defaultMaxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes
  }

  /**
   * The frames that `chunk` completes, decoded as they are asked for: all of them must be, before the next
   * chunk. They may be views of `chunk`, which must not be reused. Throws DecodeError for bytes that are no
   * frame, after which the decoder cannot be used.
   */
  *push(chunk: Buffer): Generator<Frame, void> {
    let at = 0
    if (this.#have > 0) {
      at = this.#absorb(chunk)
      if (this.#have < frameHeaderSize || this.#have < this.#frameSize()) return
      const whole = this.#partial.subarray(0, this.#have)
      this.#partial = nothing
      this.#have = 0
      yield this.#open(whole, 0, whole.length)
    }
    while (chunk.length - at >= frameHeaderSize) {
      const start = at
      const end = start + this.#sizeOf(chunk, start)
      if (end > chunk.length) break
      at = end
      yield this.#open(chunk, start, end)
    }
    if (at < chunk.length) this.#absorb(chunk.subarray(at))
  }

  /** Copies the bytes that belong to the partial frame, and returns how many they were. */
  #absorb(chunk: Buffer): number {
    let taken = 0
    if (this.#have < frameHeaderSize) taken = this.#copy(chunk, 0, frameHeaderSize)
    if (this.#have >= frameHeaderSize) taken += this.#copy(chunk, taken, this.#frameSize())
    return taken
  }

  #copy(chunk: Buffer, from: number, until: number): number {
    const length = Math.min(chunk.length - from, until - this.#have)
    if (length === 0) return 0
    this.#reserve(this.#have + length, until)
    chunk.copy(this.#partial, this.#have, from, from + length)
    this.#have += length
    return length
  }

  #reserve(needed: number, until: number): void {
    if (needed <= this.#partial.length) return
    const size =
      until <= trustedSize ? until : Math.min(until, Math.max(needed, 2 * this.#partial.length, trustedSize))
    const grown = Buffer.allocUnsafeSlow(Math.max(size, smallestBuffer))
    this.#partial.copy(grown, 0, 0, this.#have)
    this.#partial = grown
  }

  #frameSize(): number {
    return this.#sizeOf(this.#partial, 0)
  }

  #sizeOf(bytes: Buffer, at: number): number {
    const tag = this.tags === null ? 0 : FrameTags.bytes
    return frameHeaderSize + contentLength(bytes, at, this.maxFrameBytes) + tag
  }

  #open(bytes: Buffer, start: number, end: number): Frame {
    if (this.tags === null) return openFrame(bytes, start, end)
    const last = end - FrameTags.bytes
    this.tags.check(bytes.subarray(start, last), bytes.subarray(last, end))
    return openFrame(bytes, start, last)
  }
}

// Cuts a stream of chunks into frames. A frame that lies in one chunk is handed out as a view of it; only one that
// spans chunks is copied, once, into a buffer that grows with what has really arrived. So the work is linear in the
// bytes, however they are cut, and an announced length alone allocates little.
import { contentLength, defaultMaxFrameBytes, type Frame, frameHeaderSize, openFrame } from './frame.ts'

/** A frame up to this size gets its buffer at once; a longer one as it arrives. */
const trustedSize = 1024 * 1024
const smallestBuffer = 64
const nothing = Buffer.alloc(0)

export class FrameDecoder {
  /** Longer frames are refused. In bytes; may change between two pushes. */
  maxFrameBytes: number
  /** The beginning of a frame whose rest is to come. */
  #partial: Buffer = nothing
  #have = 0

  constructor(maxFrameBytes: number = defaultMaxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes
  }

  /**
   * The frames that `chunk` completes. They may be views of `chunk`: it must not be reused. Throws DecodeError for bytes
   * that are no frame; the stream has lost its place then, and the decoder must not be used any more.
   */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = []
    let at = 0
    if (this.#have > 0) {
      at = this.#absorb(chunk)
      if (this.#have < frameHeaderSize || this.#have < this.#frameSize()) return frames
      frames.push(openFrame(this.#partial, 0, this.#have))
      this.#partial = nothing
      this.#have = 0
    }
    while (chunk.length - at >= frameHeaderSize) {
      const end = at + frameHeaderSize + contentLength(chunk, at, this.maxFrameBytes)
      if (end > chunk.length) break
      frames.push(openFrame(chunk, at, end))
      at = end
    }
    if (at < chunk.length) this.#absorb(chunk.subarray(at))
    return frames
  }

  /** Takes what belongs to the partial frame; returns how much that was. */
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
    return frameHeaderSize + contentLength(this.#partial, 0, this.maxFrameBytes)
  }
}

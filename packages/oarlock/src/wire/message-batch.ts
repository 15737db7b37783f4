// The messages of one turn to one peer, as one buffer: one allocation and one write to the socket. Small
// messages share a frame, and so a checksum. A frame ends at a certain size, so that the receiver can work on
// the first megabyte while the next one is on its way.
import type { PeerMessage } from '@oarlock/runtime'
import { ByteWriter } from './byte-writer.ts'
import { beginFrame, defaultMaxFrameBytes, endFrame, FrameKind, frameOverhead } from './frame.ts'
import { messageSize, writeMessage } from './message-codec.ts'

/** A message that would make a frame's body longer than this begins a new frame. In bytes. */
const frameTarget = 256 * 1024

/** The size of one message in a frame of its own. In bytes. */
export const framedSize = (message: PeerMessage): number => frameOverhead + messageSize(message)

/** A batch as bytes. */
export interface EncodedBatch {
  readonly messages: readonly PeerMessage[]
  readonly buffer: Buffer
}

export class MessageBatch {
  readonly #frameTarget: number
  #messages: PeerMessage[] = []
  /** The number of messages in each frame. */
  #counts: number[] = []
  #lastBody = 0
  #bytes = 0

  /** A frame of several messages never exceeds `maxFrameBytes`. A single message may. */
  constructor(maxFrameBytes: number = defaultMaxFrameBytes) {
    this.#frameTarget = Math.min(frameTarget, maxFrameBytes - frameOverhead)
  }

  /** The size of the buffer that `encode` would make now. */
  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#messages.length
  }

  /** `size` is the message's `framedSize`, if the caller has computed it already. */
  add(message: PeerMessage, size: number = framedSize(message)): void {
    const body = size - frameOverhead
    const last = this.#counts.length - 1
    if (last >= 0 && this.#lastBody + body <= this.#frameTarget) {
      this.#counts[last]! += 1
      this.#lastBody += body
      this.#bytes += body
    } else {
      this.#counts.push(1)
      this.#lastBody = body
      this.#bytes += size
    }
    this.#messages.push(message)
  }

  /**
   * Encodes the batch and empties it. If `other` holds the same message objects, as a leader's batches to two
   * peers may, its bytes are used again. Throws RangeError for a message with an impossible number in it.
   */
  encode(other: EncodedBatch | null = null): EncodedBatch {
    const buffer = other !== null && this.#isSameAs(other) ? other.buffer : this.#bytesOfFrames()
    const encoded = { messages: this.#messages, buffer }
    this.#messages = []
    this.#counts = []
    this.#lastBody = 0
    this.#bytes = 0
    return encoded
  }

  #isSameAs({ messages }: EncodedBatch): boolean {
    return (
      messages.length === this.#messages.length &&
      messages.every((message, i) => message === this.#messages[i])
    )
  }

  #bytesOfFrames(): Buffer {
    const to = new ByteWriter(this.#bytes)
    const messages = this.#messages
    const counts = this.#counts
    let next = 0
    for (const count of counts) {
      const start = beginFrame(to, FrameKind.messages)
      for (const end = next + count; next < end; next++) writeMessage(to, messages[next]!)
      endFrame(to, start)
    }
    return to.buffer
  }
}

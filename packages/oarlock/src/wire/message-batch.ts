// The messages of one turn to one peer, as one buffer: one allocation, one write to the socket. Small messages share a
// frame (and so a checksum, and they arrive together); a frame is closed at some size, so that the receiver can work on
// the first megabyte while the next one is on its way.
import type { Message } from '@oarlock/core'
import { ByteWriter } from './byte-writer.ts'
import { beginFrame, defaultMaxFrameBytes, endFrame, FrameKind, frameOverhead } from './frame.ts'
import { messageSize, writeMessage } from './message-codec.ts'

/** A frame takes no further message that would make its body longer than this. A longer message gets its own. */
const frameTarget = 256 * 1024

/** What one message costs at most, framed. In bytes. */
export const framedSize = (message: Message): number => frameOverhead + messageSize(message)

/** What a batch became. */
export interface TakenBatch {
  readonly messages: readonly Message[]
  readonly buffer: Buffer
}

export class MessageBatch {
  readonly #frameTarget: number
  #messages: Message[] = []
  /** How many messages each frame takes. */
  #counts: number[] = []
  #lastBody = 0
  #bytes = 0

  /** `maxFrameBytes`: no frame of several messages gets longer; a single message may, and is the caller's to refuse. */
  constructor(maxFrameBytes: number = defaultMaxFrameBytes) {
    this.#frameTarget = Math.min(frameTarget, maxFrameBytes - frameOverhead)
  }

  /** The size of the buffer that `take` would make now. */
  get bytes(): number {
    return this.#bytes
  }

  get length(): number {
    return this.#messages.length
  }

  /** `size` is the message's `framedSize`, which a caller has computed already to decide whether to send it. */
  add(message: Message, size: number = framedSize(message)): void {
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
   * The frames, and the batch is empty again. Where `other` holds the very same messages (a leader's, to the next peer), its
   * bytes serve again. Throws RangeError for a message with an impossible number in it.
   */
  take(other: TakenBatch | null = null): TakenBatch {
    const buffer = other !== null && this.#isSameAs(other) ? other.buffer : this.#encode()
    const taken = { messages: this.#messages, buffer }
    this.#messages = []
    this.#counts = []
    this.#lastBody = 0
    this.#bytes = 0
    return taken
  }

  #isSameAs({ messages }: TakenBatch): boolean {
    return (
      messages.length === this.#messages.length &&
      messages.every((message, i) => message === this.#messages[i])
    )
  }

  #encode(): Buffer {
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

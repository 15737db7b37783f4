// Frames over a stream of bytes, in both directions. It counts the intervals in which nothing arrives, and
// shows the other side that this one is alive.
import type { Duplex } from 'node:stream'
import { DecodeError } from '@oarlock/runtime'
import {
  eachFrame,
  encodeAlive,
  type Frame,
  FrameDecoder,
  type FrameTags,
  maxHandshakeBytes,
} from '../wire/index.ts'

/**
 * Each end sends a frame once per interval. After this many silent intervals the connection is closed: the
 * other end lost its power or its cable. Intervals are counted, and not milliseconds, so that a stall of this
 * process closes nothing.
 */
const maxSilentIntervals = 5

export interface FrameStreamInit {
  readonly stream: Duplex
  /** Bytes have arrived. The frames that they complete are decoded one by one, as they are asked for. */
  readonly received: (frames: Iterable<Frame>, chunk: Buffer) => void
  /** The other end sent bytes that are no frame, or `received` threw a DecodeError. */
  readonly failed: (error: DecodeError) => void
}

export class FrameStream {
  readonly #stream: Duplex
  readonly #decoder = new FrameDecoder(maxHandshakeBytes)
  #silentIntervals = 0
  #tags: FrameTags | null = null
  #isCollecting = false

  constructor({ stream, received, failed }: FrameStreamInit) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => {
      this.#silentIntervals = 0
      try {
        received(this.#decoder.push(chunk), chunk)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        failed(error)
      }
    })
  }

  /** Before the handshake is done, only short frames are accepted. */
  set maxFrameBytes(limit: number) {
    this.#decoder.maxFrameBytes = limit
  }

  get writable(): boolean {
    return this.#stream.writable
  }

  /** Sent, and not yet taken by the network. */
  get queuedBytes(): number {
    return this.#stream.writableLength
  }

  /** Both sides have proved the secret: the following frames are authenticated. */
  authenticate(sent: FrameTags, received: FrameTags): void {
    this.#tags = sent
    this.#decoder.tags = received
  }

  /** One or more whole frames, which may be sent to other peers as well. */
  send(frames: Buffer): void {
    const stream = this.#stream
    if (this.#tags === null) {
      stream.write(frames)
      return
    }
    stream.cork()
    for (const frame of eachFrame(frames)) {
      stream.write(frame)
      stream.write(this.#tags.next(frame))
    }
    stream.uncork()
  }

  /** As `send`, in one write with all that is sent like this before the event loop goes on: for many short frames. */
  sendTogether(frames: Buffer): void {
    const stream = this.#stream
    if (!this.#isCollecting) {
      this.#isCollecting = true
      stream.cork()
      process.nextTick(() => {
        this.#isCollecting = false
        stream.uncork()
      })
    }
    this.send(frames)
  }

  /** Called once per interval. Returns whether the other side has been silent for too long. */
  keepAlive(): boolean {
    if (++this.#silentIntervals > maxSilentIntervals) return true
    if (this.writable && this.queuedBytes === 0) this.send(encodeAlive())
    return false
  }
}

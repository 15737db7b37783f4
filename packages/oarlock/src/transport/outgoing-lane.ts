// One of the two connections on which this member sends to a peer (see laneOf), from dialling to its end.
import { connect, type Socket } from 'node:net'
import type { Message } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import {
  decodeRefusal,
  type EncodedBatch,
  encodeAlive,
  encodeHello,
  type Frame,
  FrameDecoder,
  FrameKind,
  type Hello,
  MessageBatch,
  maxHandshakeBytes,
  type RefusalReason,
} from '../wire/index.ts'
import type { Address } from './address.ts'
import { type ConnectionLimits, keepAliveDelay, maxSilentIntervals } from './connection.ts'

export interface OutgoingLaneInit {
  readonly hello: Hello
  readonly address: Address
  readonly limits: ConnectionLimits
  readonly welcomed: () => void
  /** Called once, with the error that ended the connection, if one did. */
  readonly closed: (cause: Error | null) => void
}

/**
 * The peer refuses this member, or is no member. Another try helps only after a person has changed something.
 */
export class RejectedError extends Error {
  readonly reason: RefusalReason | 'no-member'

  constructor(reason: RefusalReason | 'no-member', detail: string) {
    super(detail)
    this.reason = reason
  }
}

export class OutgoingLane {
  readonly #init: OutgoingLaneInit
  readonly #socket: Socket
  readonly #batch: MessageBatch
  #welcomed = false
  #silentIntervals = 0

  /** Dials. */
  constructor(init: OutgoingLaneInit) {
    const { hello, address, limits } = init
    this.#init = init
    this.#batch = new MessageBatch(limits.maxFrameBytes)
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelay,
    })
    this.#socket = socket
    const decoder = new FrameDecoder(maxHandshakeBytes)
    let cause: Error | null = null
    socket.on('connect', () => socket.write(encodeHello(hello)))
    socket.on('data', (chunk) => {
      this.#silentIntervals = 0
      try {
        for (const frame of decoder.push(chunk)) if (!socket.destroyed) this.#take(frame)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        socket.destroy(new RejectedError('no-member', error.message))
      }
    })
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => init.closed(cause))
  }

  get welcomed(): boolean {
    return this.#welcomed
  }

  get writable(): boolean {
    return this.#socket.writable
  }

  /** In the socket and in the batch. */
  get queuedBytes(): number {
    return this.#socket.writableLength + this.#batch.bytes
  }

  add(message: Message, size: number): void {
    this.#batch.add(message, size)
  }

  /** Sends the added messages in one write. If `other` holds the same ones, its bytes are used again. */
  flush(other: EncodedBatch | null): EncodedBatch | null {
    if (this.#batch.length === 0) return null
    const encoded = this.#batch.encode(other)
    this.#socket.write(encoded.buffer)
    return encoded
  }

  /** Called once per interval. Shows that this side is alive, and closes a connection that is silent. */
  keepAlive(): void {
    const socket = this.#socket
    if (!this.#welcomed) return
    if (++this.#silentIntervals > maxSilentIntervals)
      socket.destroy(new Error(`silent for ${maxSilentIntervals} intervals`))
    else if (socket.writable && socket.writableLength === 0) socket.write(encodeAlive())
  }

  destroy(cause?: Error): void {
    this.#socket.destroy(cause)
  }

  /** Waits for sent messages to leave, for `linger` at most. Resolves when the socket is closed. */
  async end(): Promise<void> {
    const socket = this.#socket
    if (socket.closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#init.limits.linger)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (this.#welcomed) socket.end()
      else socket.destroy()
    })
  }

  #take(frame: Frame): void {
    if (this.#welcomed) {
      if (frame.kind !== FrameKind.alive) throw unexpected(frame)
    } else if (frame.kind === FrameKind.welcome) {
      this.#welcomed = true
      this.#init.welcomed()
    } else if (frame.kind === FrameKind.refused) {
      const { reason, detail } = decodeRefusal(frame.body)
      this.#socket.destroy(new RejectedError(reason, detail))
    } else throw unexpected(frame)
  }
}

const unexpected = ({ kind }: Frame): DecodeError =>
  new DecodeError(`a frame of kind ${kind} is not allowed here`)

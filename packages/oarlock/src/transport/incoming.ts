// A connection that was dialled by a peer, on which this member receives. Before the handshake it is bounded:
// only a short frame is accepted, no message is passed on, and it is closed after a timeout.
import type { Socket } from 'node:net'
import type { Message, NodeId } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import {
  decodeHello,
  decodeMessages,
  encodeAlive,
  encodeRefusal,
  encodeWelcome,
  type Frame,
  FrameDecoder,
  FrameKind,
  type Hello,
  maxHandshakeBytes,
  type Refusal,
} from '../wire/index.ts'
import { type ConnectionLimits, maxSilentIntervals } from './connection.ts'

export interface IncomingInit {
  readonly socket: Socket
  readonly limits: ConnectionLimits
  /** Returns null to accept the connection. */
  readonly refusalOf: (hello: Hello, remote: string) => Refusal | null
  readonly accepted: (connection: Incoming, hello: Hello) => void
  readonly received: (from: NodeId, messages: readonly Message[]) => void
  /** The other end sent bytes that no member sends. The connection is being closed. */
  readonly protocolError: (from: NodeId | null, remote: string, error: DecodeError) => void
  /** `hello` is null if the connection was never accepted. */
  readonly closed: (connection: Incoming, hello: Hello | null) => void
}

export class Incoming {
  readonly #init: IncomingInit
  readonly #remote: string
  readonly #decoder = new FrameDecoder(maxHandshakeBytes)
  readonly #timer: NodeJS.Timeout
  /** Once accepted. */
  #hello: Hello | null = null
  #refused = false
  #silentIntervals = 0

  constructor(init: IncomingInit) {
    this.#init = init
    const { socket, limits } = init
    this.#remote = `${socket.remoteAddress}:${socket.remotePort}`
    this.#timer = setTimeout(() => socket.destroy(), limits.handshakeTimeout)
    socket.on('data', (chunk) => this.#data(chunk))
    // 'close' follows.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(this.#timer)
      init.closed(this, this.#hello)
    })
  }

  /** As Outgoing.keepAlive. */
  keepAlive(): void {
    const { socket } = this.#init
    if (this.#hello === null) return
    if (++this.#silentIntervals > maxSilentIntervals) socket.destroy()
    else if (socket.writable && socket.writableLength === 0) socket.write(encodeAlive())
  }

  /** Afterwards nothing is received. */
  destroy(): void {
    clearTimeout(this.#timer)
    this.#init.socket.destroy()
  }

  #data(chunk: Buffer): void {
    const { received, protocolError } = this.#init
    if (this.#refused) return
    this.#silentIntervals = 0
    const messages: Message[] = []
    try {
      for (const frame of this.#decoder.push(chunk)) this.#take(frame, messages)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      protocolError(this.#hello?.from ?? null, this.#remote, error)
      this.destroy()
      return
    }
    if (this.#hello !== null && messages.length > 0) received(this.#hello.from, messages)
  }

  #take(frame: Frame, messages: Message[]): void {
    if (this.#refused) return
    if (this.#hello === null) this.#handshake(frame)
    else if (frame.kind === FrameKind.messages)
      for (const message of decodeMessages(frame.body)) messages.push(message)
    else if (frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed after the handshake`)
  }

  #handshake(frame: Frame): void {
    const { socket, limits, refusalOf, accepted } = this.#init
    if (frame.kind !== FrameKind.hello) throw new DecodeError('the first frame is not Hello')
    const hello = decodeHello(frame.body)
    const refusal = refusalOf(hello, this.#remote)
    if (refusal !== null) {
      // If the other side does not close the connection, the timer does.
      this.#refused = true
      socket.end(encodeRefusal(refusal))
      return
    }
    clearTimeout(this.#timer)
    this.#hello = hello
    this.#decoder.maxFrameBytes = limits.maxFrameBytes
    socket.write(encodeWelcome())
    accepted(this, hello)
  }
}

// A connection that somebody else dialled, on which this member receives. Until it has introduced itself it is a
// stranger: little is read of it, nothing is handed on, and it does not have long.

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
import { type ConnectionLimits, silentBeats } from './connection.ts'

export interface IncomingInit {
  readonly socket: Socket
  readonly limits: ConnectionLimits
  /** Null: it is welcome. */
  readonly judge: (hello: Hello, remote: string) => Refusal | null
  readonly welcomed: (connection: Incoming, from: NodeId) => void
  readonly received: (from: NodeId, messages: readonly Message[]) => void
  /** It sent what no member sends; it is being closed. */
  readonly misbehaved: (from: NodeId | null, remote: string, error: DecodeError) => void
  readonly closed: (connection: Incoming, from: NodeId | null) => void
}

export class Incoming {
  readonly #init: IncomingInit
  readonly #remote: string
  readonly #decoder = new FrameDecoder(maxHandshakeBytes)
  readonly #timer: NodeJS.Timeout
  #from: NodeId | null = null
  #refused = false
  #beatsUnheard = 0

  constructor(init: IncomingInit) {
    this.#init = init
    const { socket, limits } = init
    this.#remote = `${socket.remoteAddress}:${socket.remotePort}`
    this.#timer = setTimeout(() => socket.destroy(), limits.handshakeTimeout)
    socket.on('data', (chunk) => this.#data(chunk))
    // 'close' follows, and says all there is to say.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(this.#timer)
      init.closed(this, this.#from)
    })
  }

  /** As Outgoing.beat. */
  beat(): void {
    const { socket } = this.#init
    if (this.#from === null) return
    if (++this.#beatsUnheard > silentBeats) socket.destroy()
    else if (socket.writable && socket.writableLength === 0) socket.write(encodeAlive())
  }

  /** Nothing is received from here on. */
  destroy(): void {
    clearTimeout(this.#timer)
    this.#init.socket.destroy()
  }

  #data(chunk: Buffer): void {
    const { received, misbehaved } = this.#init
    if (this.#refused) return
    this.#beatsUnheard = 0
    const messages: Message[] = []
    try {
      for (const frame of this.#decoder.push(chunk)) this.#take(frame, messages)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      misbehaved(this.#from, this.#remote, error)
      this.destroy()
      return
    }
    if (this.#from !== null && messages.length > 0) received(this.#from, messages)
  }

  #take(frame: Frame, messages: Message[]): void {
    if (this.#refused) return
    if (this.#from === null) this.#introduce(frame)
    else if (frame.kind === FrameKind.messages)
      for (const message of decodeMessages(frame.body)) messages.push(message)
    else if (frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} that has no place here`)
  }

  #introduce(frame: Frame): void {
    const { socket, limits, judge, welcomed } = this.#init
    if (frame.kind !== FrameKind.hello) throw new DecodeError('no introduction')
    const hello = decodeHello(frame.body)
    const refusal = judge(hello, this.#remote)
    if (refusal !== null) {
      // The timer closes it, should the other side not.
      this.#refused = true
      socket.end(encodeRefusal(refusal))
      return
    }
    clearTimeout(this.#timer)
    this.#from = hello.from
    this.#decoder.maxFrameBytes = limits.maxFrameBytes
    socket.write(encodeWelcome())
    welcomed(this, hello.from)
  }
}

// A connection that was dialled by a peer, on which this member receives. Before the handshake it is bounded:
// only a short frame is accepted, no message is passed on, and it is closed after a timeout.
import type { Socket } from 'node:net'
import type { Millis, NodeId } from '@oarlock/core'
import { DecodeError, type Lane, type MemberIdentity, type PeerMessage, type Refusal } from '@oarlock/runtime'
import {
  decodeHello,
  decodeMessages,
  decodeRefusal,
  encodeAlive,
  encodeRefusal,
  encodeWelcome,
  type ForeignHello,
  type Frame,
  FrameDecoder,
  FrameKind,
  type Hello,
  maxHandshakeBytes,
} from '../wire/index.ts'
import { type ConnectionLimits, maxSilentIntervals } from './connection.ts'

/** The peer of a connection, once this side has accepted it. */
export interface Dialler {
  readonly id: NodeId
  readonly lane: Lane
  readonly incarnation: string
  /** The token of its start: each process has its own. */
  readonly start: string
}

export interface IncomingInit {
  readonly socket: Socket
  readonly limits: ConnectionLimits
  readonly identity: MemberIdentity
  /** Calls `answer` once, perhaps before this returns: with null to accept the connection. */
  readonly meet: (
    hello: Hello | ForeignHello,
    remote: string,
    answer: (refusal: Refusal | null) => void,
  ) => void
  readonly accepted: (connection: Incoming, dialler: Dialler) => void
  /** The peer refuses this member, after this member had accepted the peer. */
  readonly refused: (by: NodeId, refusal: Refusal) => void
  readonly received: (from: NodeId, messages: readonly PeerMessage[]) => void
  /** The other end sent bytes that no member sends. The connection is being closed. */
  readonly protocolError: (from: NodeId | null, remote: string, error: DecodeError) => void
  /** `dialler` is null if the connection was never accepted. */
  readonly closed: (connection: Incoming, dialler: Dialler | null) => void
}

interface Probe {
  /** What arrives from here on counts. */
  readonly from: Millis
  readonly timer: NodeJS.Timeout
  readonly answer: (speaks: boolean) => void
}

export class Incoming {
  readonly #init: IncomingInit
  readonly #remote: string
  readonly #decoder = new FrameDecoder(maxHandshakeBytes)
  readonly #timer: NodeJS.Timeout
  #state: 'new' | 'meeting' | 'accepted' | 'refused' = 'new'
  #dialler: Dialler | null = null
  #silentIntervals = 0
  readonly #probes = new Set<Probe>()

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
      for (const probe of this.#probes) this.#end(probe, false)
      init.closed(this, this.#dialler)
    })
  }

  get dialler(): Dialler | null {
    return this.#dialler
  }

  get remote(): string {
    return this.#remote
  }

  /**
   * Answers whether the peer still speaks, within `wait`. What arrives in the first quarter may have been on
   * its way already, and does not count.
   */
  probe(wait: Millis, answer: (speaks: boolean) => void): void {
    const probe: Probe = {
      from: performance.now() + wait / 4,
      timer: setTimeout(() => this.#end(probe, false), wait).unref(),
      answer,
    }
    this.#probes.add(probe)
  }

  #end(probe: Probe, speaks: boolean): void {
    clearTimeout(probe.timer)
    if (this.#probes.delete(probe)) probe.answer(speaks)
  }

  /** As OutgoingLane.keepAlive. */
  keepAlive(): void {
    const { socket } = this.#init
    if (this.#state !== 'accepted') return
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
    if (this.#state === 'refused') return
    this.#silentIntervals = 0
    for (const probe of this.#probes) if (performance.now() >= probe.from) this.#end(probe, true)
    const messages: PeerMessage[] = []
    try {
      for (const frame of this.#decoder.push(chunk)) this.#take(frame, messages)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      protocolError(this.#dialler?.id ?? null, this.#remote, error)
      this.destroy()
      return
    }
    if (this.#dialler !== null && messages.length > 0) received(this.#dialler.id, messages)
  }

  #take(frame: Frame, messages: PeerMessage[]): void {
    const { socket, refused } = this.#init
    if (this.#state === 'refused' || socket.destroyed) return
    if (this.#state === 'new') this.#meet(frame)
    else if (this.#dialler === null) throw new DecodeError('a frame was sent before Welcome')
    else if (frame.kind === FrameKind.messages)
      for (const message of decodeMessages(frame.body)) messages.push(message)
    else if (frame.kind === FrameKind.refused) {
      refused(this.#dialler.id, decodeRefusal(frame.body))
      this.destroy()
    } else if (frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed after the handshake`)
  }

  #meet(frame: Frame): void {
    const { socket, meet } = this.#init
    if (frame.kind !== FrameKind.hello) throw new DecodeError('the first frame is not Hello')
    const hello = decodeHello(frame.body)
    this.#state = 'meeting'
    meet(hello, this.#remote, (refusal) => {
      if (socket.destroyed) return
      if (refusal !== null) this.#refuse(refusal)
      else if (hello.identity !== null) this.#accept(diallerOf(hello.identity, hello.lane))
    })
  }

  /** If the other side does not close the connection, the timer does. */
  #refuse(refusal: Refusal): void {
    this.#state = 'refused'
    this.#init.socket.end(encodeRefusal(refusal))
  }

  #accept(dialler: Dialler): void {
    const { socket, limits, identity, accepted } = this.#init
    clearTimeout(this.#timer)
    this.#state = 'accepted'
    this.#dialler = dialler
    this.#decoder.maxFrameBytes = limits.maxFrameBytes
    socket.write(encodeWelcome(identity))
    accepted(this, dialler)
  }
}

const diallerOf = ({ id, incarnation, starts }: MemberIdentity, lane: Lane): Dialler => ({
  id,
  lane,
  incarnation,
  start: starts.recent.at(-1) ?? '',
})

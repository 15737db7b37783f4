// A connection that was dialled by a peer, on which this member receives. Before the handshake it is bounded:
// only a short frame is accepted, no message is passed on, and it is closed after a timeout.
import type { Duplex } from 'node:stream'
import type { Millis, NodeId } from '@oarlock/core'
import {
  type ClientConnection,
  type ClientHandler,
  DecodeError,
  type Lane,
  type MemberIdentity,
  type PeerMessage,
  type Refusal,
} from '@oarlock/runtime'
import {
  anyMember,
  type ClientIntroduction,
  decodeClientIntroduction,
  decodeIntroduction,
  decodeMessages,
  decodeRefusal,
  encodeClientMessage,
  encodeRefusal,
  encodeWelcome,
  type Frame,
  FrameKind,
  type Introduction,
  type Welcome,
} from '../wire/index.ts'
import type { ConnectionLimits } from './connection.ts'
import { type CloseReason, reasonOf } from './drops.ts'
import { FrameStream } from './frame-stream.ts'
import { DialledHandshake, type Secrets } from './handshake.ts'
import type { Origin } from './origin.ts'

/** The peer of a connection, once this side has accepted it. */
export interface Dialler {
  readonly id: NodeId
  readonly identity: MemberIdentity
  readonly lane: Lane
  readonly incarnation: string
  /** The token of its start: each process has its own. */
  readonly start: string
  /** As Introduction.advertise. */
  readonly advertise: string
}

export interface IncomingInit {
  readonly stream: Duplex
  readonly origin: Origin
  readonly limits: ConnectionLimits
  readonly secrets: Secrets
  readonly welcome: () => Welcome
  /** Calls `answer` once, perhaps before this returns: with null to accept the connection. */
  readonly meet: (
    introduction: Introduction,
    origin: Origin,
    answer: (refusal: Refusal | null) => void,
  ) => void
  /** A refusal before anyone has told an identity, by this side or by the other one. */
  readonly refusedEarly: (by: 'this' | 'other', refusal: Refusal, origin: Origin) => void
  /** Somebody asks who the members are. The connection ends with the answer. */
  readonly asked: (by: MemberIdentity, origin: Origin) => Refusal | Welcome
  /** A client introduces itself. It is refused, or served and shown the welcome. */
  readonly client: (
    connection: Incoming,
    introduction: ClientIntroduction,
    channel: ClientConnection,
  ) => Refusal | { readonly handler: ClientHandler; readonly welcome: Welcome }
  readonly accepted: (connection: Incoming, dialler: Dialler) => void
  /** The peer refuses this member, after this member had accepted the peer. */
  readonly refused: (by: NodeId, refusal: Refusal) => void
  readonly received: (from: NodeId, messages: readonly PeerMessage[]) => void
  /** The other end sent bytes that no member sends. The connection is being closed. */
  readonly protocolError: (from: NodeId | null, remote: string, error: DecodeError) => void
  /** `dialler` is null if the connection was never accepted. */
  readonly closed: (connection: Incoming, dialler: Dialler | null, reason: CloseReason) => void
}

interface Probe {
  /** What arrives from here on counts. */
  readonly from: Millis
  readonly timer: NodeJS.Timeout
  readonly answer: (speaks: boolean) => void
}

/** A request of a client has 4 MiB at most. */
const maxClientFrameBytes: number = 5 * 1024 * 1024

/** The first byte of a TLS handshake. As a length of a frame it would be 352 MiB. */
export const tlsHandshakeByte = 0x16

export class Incoming {
  readonly #init: IncomingInit
  readonly #frames: FrameStream
  readonly #timer: NodeJS.Timeout
  readonly #handshake: DialledHandshake
  #state: 'new' | 'handshaking' | 'ready' | 'meeting' | 'accepted' | 'serving' | 'answered' | 'refused' =
    'new'
  #dialler: Dialler | null = null
  #client: ClientHandler | null = null
  #reason: CloseReason | null = null
  readonly #probes = new Set<Probe>()

  constructor(init: IncomingInit) {
    this.#init = init
    const { stream, limits } = init
    this.#timer = setTimeout(() => this.destroy('handshake-timeout'), limits.handshakeTimeout)
    this.#frames = new FrameStream({
      stream,
      received: (frames, chunk) => this.#received(frames, chunk),
      failed: (error) => {
        init.protocolError(this.#dialler?.id ?? null, this.remote, error)
        this.destroy(reasonOf(error))
      },
    })
    this.#handshake = new DialledHandshake(init.secrets, this.#frames)
    // 'close' follows.
    stream.on('error', () => this.#because('network-error'))
    stream.on('close', () => {
      clearTimeout(this.#timer)
      for (const probe of this.#probes) this.#end(probe, false)
      this.#client?.closed()
      init.closed(this, this.#dialler, this.#reason ?? 'ended')
    })
  }

  get dialler(): Dialler | null {
    return this.#dialler
  }

  get remote(): string {
    return this.#init.origin.remote
  }

  /** Of the machine at the other end. */
  get host(): string {
    return this.#init.origin.host
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
    const isOpen = this.#state === 'accepted' || this.#state === 'serving'
    if (isOpen && this.#frames.keepAlive()) this.destroy('silent')
  }

  /** Afterwards nothing is received. */
  destroy(reason: CloseReason): void {
    this.#because(reason)
    clearTimeout(this.#timer)
    this.#init.stream.destroy()
  }

  /** If the other side does not close the connection, the timer does. */
  refuse(refusal: Refusal): void {
    this.#state = 'refused'
    this.#because('refused')
    this.#frames.send(encodeRefusal(refusal))
    this.#init.stream.end()
  }

  /** The first reason counts. */
  #because(reason: CloseReason): void {
    this.#reason ??= reason
  }

  #received(frames: Iterable<Frame>, chunk: Buffer): void {
    const { stream, received } = this.#init
    if (this.#state === 'new' && chunk[0] === tlsHandshakeByte) this.#refuseEarly(unexpectedTls)
    if (this.#isOver) return
    for (const probe of this.#probes) if (performance.now() >= probe.from) this.#end(probe, true)
    const messages: PeerMessage[] = []
    for (const frame of frames) {
      this.#take(frame, messages)
      if (this.#isOver || stream.destroyed) return
    }
    if (this.#dialler !== null && messages.length > 0) received(this.#dialler.id, messages)
  }

  /** What arrives is not read any more. */
  get #isOver(): boolean {
    return this.#state === 'refused' || this.#state === 'answered'
  }

  #take(frame: Frame, messages: PeerMessage[]): void {
    if (this.#state === 'new' || this.#state === 'handshaking') this.#shakeHands(frame)
    else if (this.#state === 'ready') this.#meet(frame)
    else if (this.#client !== null) this.#serveFrame(this.#client, frame)
    else if (this.#dialler === null) throw new DecodeError('a frame was sent before Welcome')
    else if (frame.kind === FrameKind.messages)
      for (const message of decodeMessages(frame.body)) messages.push(message)
    else if (frame.kind === FrameKind.refused) {
      this.#init.refused(this.#dialler.id, decodeRefusal(frame.body))
      this.destroy('refused-by-peer')
    } else if (frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed after the handshake`)
  }

  #shakeHands(frame: Frame): void {
    const step = this.#handshake.take(frame)
    this.#state = step.type === 'ready' ? 'ready' : 'handshaking'
    if (step.type === 'refuse') this.#refuseEarly(step.refusal)
    else if (step.type === 'refused') {
      this.#init.refusedEarly('other', step.refusal, this.#init.origin)
      this.destroy('refused-by-peer')
    }
  }

  #refuseEarly(refusal: Refusal): void {
    this.#init.refusedEarly('this', refusal, this.#init.origin)
    this.refuse(refusal)
  }

  #meet(frame: Frame): void {
    const { stream, origin, meet } = this.#init
    if (frame.kind === FrameKind.client) return this.#serve(decodeClientIntroduction(frame.body))
    if (frame.kind !== FrameKind.introduction) throw new DecodeError('a frame was sent before Introduction')
    const introduction = decodeIntroduction(frame.body)
    if (introduction.to === anyMember) return this.#answer(this.#init.asked(introduction.identity, origin))
    this.#state = 'meeting'
    meet(introduction, origin, (refusal) => {
      if (stream.destroyed) return
      if (refusal === null) this.#accept(diallerOf(introduction))
      else this.refuse(refusal)
    })
  }

  #serve(introduction: ClientIntroduction): void {
    const frames = this.#frames
    const served = this.#init.client(this, introduction, {
      get queuedBytes() {
        return frames.queuedBytes
      },
      send: (message) => frames.sendTogether(encodeClientMessage(message)),
      destroy: () => this.destroy('slow-client'),
    })
    if ('reason' in served) return this.refuse(served)
    clearTimeout(this.#timer)
    this.#state = 'serving'
    this.#client = served.handler
    frames.maxFrameBytes = maxClientFrameBytes
    frames.send(encodeWelcome(served.welcome))
  }

  #serveFrame(client: ClientHandler, { kind, body }: Frame): void {
    // A copy: what was received is used again.
    if (kind === FrameKind.clientMessage) client.received(body.slice())
    else if (kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${kind} is not allowed from a client`)
  }

  #answer(answer: Refusal | Welcome): void {
    if ('reason' in answer) return this.refuse(answer)
    this.#state = 'answered'
    this.#because('ended')
    this.#frames.send(encodeWelcome(answer))
    this.#init.stream.end()
  }

  #accept(dialler: Dialler): void {
    const { limits, welcome, accepted } = this.#init
    clearTimeout(this.#timer)
    this.#state = 'accepted'
    this.#dialler = dialler
    this.#frames.maxFrameBytes = limits.maxFrameBytes
    this.#frames.send(encodeWelcome(welcome()))
    accepted(this, dialler)
  }
}

const unexpectedTls: Refusal = {
  reason: 'wrong-tls',
  detail:
    'the member that dials speaks TLS, and the other one does not: give tls to every member, or to none',
}

const diallerOf = ({ identity, lane, advertise }: Introduction): Dialler => ({
  id: identity.id,
  identity,
  lane,
  incarnation: identity.incarnation,
  start: identity.starts.recent.at(-1) ?? '',
  advertise,
})

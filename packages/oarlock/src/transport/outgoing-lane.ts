// One of the two connections on which this member sends to a peer (see laneOf), from dialling to its end.
import type { Duplex } from 'node:stream'
import type { NodeId } from '@oarlock/core'
import { DecodeError, type MemberIdentity, type PeerMessage, type Refusal } from '@oarlock/runtime'
import {
  anyMember,
  decodeRefusal,
  decodeWelcome,
  type EncodedBatch,
  encodeIntroduction,
  encodeRefusal,
  type Frame,
  FrameKind,
  type Introduction,
  MessageBatch,
  NotAuthenticError,
} from '../wire/index.ts'
import type { ConnectionLimits } from './connection.ts'
import { type CloseReason, reasonOf } from './drops.ts'
import { FrameStream } from './frame-stream.ts'
import { DiallerHandshake, type Secrets } from './handshake.ts'
import { isTlsError } from './problem.ts'

export interface OutgoingLaneInit {
  readonly introduction: Introduction
  readonly secrets: Secrets
  /** As StreamLayer.dial, to the peer. */
  readonly dial: (opened: () => void) => Duplex
  readonly limits: ConnectionLimits
  /** The peer has accepted this member. Calls `answer` once, with null to accept the peer. */
  readonly meet: (peer: MemberIdentity, answer: (refusal: Refusal | null) => void) => void
  /** Each side has accepted the other. */
  readonly established: () => void
  /** Called once or more, first with the error that ended the connection, if one did. */
  readonly closed: (cause: Error | null) => void
  /** Called once. */
  readonly ended: (reason: CloseReason) => void
}

/** One of the two members refuses the other. Another try helps only after a person has changed something. */
export class RefusedError extends Error {
  readonly by: NodeId
  readonly refusal: Refusal

  constructor(by: NodeId, refusal: Refusal) {
    super(refusal.detail)
    this.by = by
    this.refusal = refusal
  }
}

/** The other side is no member, or its security is another one. Another try helps only after a change. */
class NoMemberError extends Error {
  constructor(cause: DecodeError) {
    super(`it does not use the protocol of a member: ${cause.message}`, { cause })
  }
}

/** Another try helps only after a person has changed something. */
export const isOfConfiguration = (cause: Error | null): boolean =>
  cause instanceof RefusedError || cause instanceof NoMemberError || isTlsError(cause)

export class OutgoingLane {
  readonly #init: OutgoingLaneInit
  readonly #stream: Duplex
  readonly #frames: FrameStream
  readonly #batch: MessageBatch
  readonly #handshake: DiallerHandshake
  #state: 'dialling' | 'introduced' | 'meeting' | 'refusing' | 'established' = 'dialling'
  #reason: CloseReason | null = null

  /** Dials. */
  constructor(init: OutgoingLaneInit) {
    const { secrets, dial, limits } = init
    this.#init = init
    this.#batch = new MessageBatch(limits.maxFrameBytes)
    const stream = dial(() => this.#handshake.begin())
    this.#stream = stream
    this.#frames = new FrameStream({
      stream,
      received: (frames) => {
        for (const frame of frames) {
          this.#take(frame)
          if (stream.destroyed) return
        }
      },
      failed: (error) =>
        this.#fail(reasonOf(error), error instanceof NotAuthenticError ? error : new NoMemberError(error)),
    })
    this.#handshake = new DiallerHandshake(secrets, this.#frames)
    let cause: Error | null = null
    stream.on('error', (error) => {
      cause ??= error
      this.#reason ??= isTlsError(error) ? 'tls-failed' : 'network-error'
    })
    stream.on('close', () => {
      init.ended(this.#reason ?? 'ended')
      init.closed(cause)
    })
  }

  get isEstablished(): boolean {
    return this.#state === 'established'
  }

  get writable(): boolean {
    return this.#frames.writable
  }

  /** In the stream and in the batch. */
  get queuedBytes(): number {
    return this.#frames.queuedBytes + this.#batch.bytes
  }

  add(message: PeerMessage, size: number): void {
    this.#batch.add(message, size)
  }

  /** Sends the added messages in one write. If `other` holds the same ones, its bytes are used again. */
  flush(other: EncodedBatch | null): EncodedBatch | null {
    if (this.#batch.length === 0) return null
    const encoded = this.#batch.encode(other)
    this.#frames.send(encoded.buffer)
    return encoded
  }

  /** Called once per interval. Shows that this side is alive, and closes a connection that is silent. */
  keepAlive(): void {
    if (this.isEstablished && this.#frames.keepAlive())
      this.#fail(
        'silent',
        new Error('it has been silent for too long: is its process stopped, or its machine?'),
      )
  }

  #fail(reason: CloseReason, error: Error): void {
    this.#reason ??= reason
    this.#stream.destroy(error)
  }

  /** If this side refuses the other, its refusal may still leave. */
  destroy(reason: CloseReason): void {
    this.#reason ??= reason
    if (this.#state === 'refusing') void this.end()
    else this.#stream.destroy()
  }

  /** Waits for what was sent to leave, for `linger` at most. Resolves when the stream is closed. */
  async end(): Promise<void> {
    const stream = this.#stream
    this.#reason ??= 'closed'
    if (stream.closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => stream.destroy(), this.#init.limits.linger)
      stream.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (this.#state === 'established' || this.#state === 'refusing') stream.end()
      else stream.destroy()
    })
  }

  #take(frame: Frame): void {
    const isAnswer = this.#state === 'introduced'
    if (this.#state === 'dialling') this.#shakeHands(frame)
    else if (isAnswer && frame.kind === FrameKind.welcome) this.#meet(decodeWelcome(frame.body).identity)
    else if (isAnswer && frame.kind === FrameKind.refused) this.#refusedBy(decodeRefusal(frame.body))
    else if (isAnswer || frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed here`)
  }

  #shakeHands(frame: Frame): void {
    const { introduction } = this.#init
    const step = this.#handshake.take(frame)
    if (step.type === 'refuse') this.#refuse(step.refusal)
    else if (step.type === 'refused') this.#refusedBy(step.refusal)
    else if (step.type === 'ready') {
      this.#state = 'introduced'
      this.#frames.send(encodeIntroduction(introduction))
    }
  }

  #refusedBy(refusal: Refusal): void {
    this.#fail('refused-by-peer', new RefusedError(this.#init.introduction.to, refusal))
  }

  #refuse(refusal: Refusal): void {
    this.#state = 'refusing'
    this.#reason ??= 'refused'
    this.#frames.send(encodeRefusal(refusal))
    this.#init.closed(new RefusedError(this.#init.introduction.identity.id, refusal))
  }

  #meet(peer: MemberIdentity): void {
    const { introduction, meet, established } = this.#init
    if (introduction.to !== anyMember && peer.id !== introduction.to)
      throw new DecodeError('it answers for another member than the one asked for')
    this.#state = 'meeting'
    meet(peer, (refusal) => {
      if (this.#stream.destroyed) return
      if (refusal === null) {
        this.#state = 'established'
        established()
      } else this.#refuse(refusal)
    })
  }
}

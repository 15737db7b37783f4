// One connection of a client to a member, from dialling to its end.
import type { Duplex } from 'node:stream'
import type { Millis, NodeId } from '@oarlock/core'
import { DecodeError, type MemberIdentity, type Refusal } from '@oarlock/runtime'
import { DiallerHandshake, FrameStream, type Secrets } from '../transport/index.ts'
import {
  decodeRefusal,
  decodeWelcome,
  encodeClientIntroduction,
  encodeClientMessage,
  type Frame,
  FrameKind,
} from '../wire/index.ts'

export interface MemberConnectionInit {
  readonly cluster: string
  readonly secrets: Secrets
  readonly dial: (opened: () => void) => Duplex
  readonly handshakeTimeout: Millis
  /** The member serves this client. */
  readonly welcomed: (member: MemberIdentity) => void
  /** Throws DecodeError for what no member sends. */
  readonly received: (message: Uint8Array) => void
  /** Called once. */
  readonly closed: (why: string) => void
}

/** Answers may be long: a range has as many items as it has. */
const maxAnswerBytes: number = 64 * 1024 * 1024

export class MemberConnection {
  readonly #init: MemberConnectionInit
  readonly #stream: Duplex
  readonly #frames: FrameStream
  readonly #handshake: DiallerHandshake
  readonly #timer: NodeJS.Timeout
  #state: 'handshaking' | 'introduced' | 'open' = 'handshaking'
  #member: NodeId | null = null
  #why: string | null = null

  /** Dials. */
  constructor(init: MemberConnectionInit) {
    this.#init = init
    const { dial, secrets, handshakeTimeout } = init
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
      failed: (error) => this.destroy(`it does not use the protocol of a member: ${error.message}`),
    })
    this.#handshake = new DiallerHandshake(secrets, this.#frames)
    this.#timer = setTimeout(() => this.destroy(`no answer in ${handshakeTimeout} ms`), handshakeTimeout)
    stream.on('error', (error) => {
      this.#why ??= error.message || 'the connection failed'
    })
    stream.on('close', () => {
      clearTimeout(this.#timer)
      init.closed(this.#why ?? 'it closed the connection')
    })
  }

  /** The member at the other end, once it has told its name. */
  get member(): NodeId | null {
    return this.#member
  }

  send(message: Uint8Array): void {
    this.#frames.sendTogether(encodeClientMessage(message))
  }

  /** Called once per interval. */
  keepAlive(): void {
    if (this.#state === 'open' && this.#frames.keepAlive()) this.destroy('it has been silent for too long')
  }

  destroy(why: string): void {
    this.#why ??= why
    this.#stream.destroy()
  }

  #take(frame: Frame): void {
    if (this.#state === 'handshaking') this.#shakeHands(frame)
    else if (this.#state === 'introduced') this.#welcome(frame)
    else if (frame.kind === FrameKind.clientMessage) this.#init.received(frame.body.slice())
    else if (frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed here`)
  }

  #shakeHands(frame: Frame): void {
    const step = this.#handshake.take(frame)
    if (step.type === 'refuse' || step.type === 'refused') return this.#refused(step.refusal)
    if (step.type !== 'ready') return
    this.#state = 'introduced'
    this.#frames.send(encodeClientIntroduction({ cluster: this.#init.cluster }))
  }

  #welcome({ kind, body }: Frame): void {
    if (kind === FrameKind.refused) return this.#refused(decodeRefusal(body))
    if (kind !== FrameKind.welcome) throw new DecodeError(`a frame of kind ${kind} is not allowed here`)
    const { identity } = decodeWelcome(body)
    clearTimeout(this.#timer)
    this.#state = 'open'
    this.#member = identity.id
    this.#frames.maxFrameBytes = maxAnswerBytes
    this.#init.welcomed(identity)
  }

  #refused({ reason, detail }: Refusal): void {
    this.destroy(`it refuses this client (${reason}): ${detail}`)
  }
}

// One of the two connections on which this member sends to a peer (see laneOf), from dialling to its end.
import { connect, isIPv6, type LookupFunction, type Socket } from 'node:net'
import type { NodeId } from '@oarlock/core'
import { DecodeError, type MemberIdentity, type PeerMessage, type Refusal } from '@oarlock/runtime'
import {
  decodeRefusal,
  decodeWelcome,
  type EncodedBatch,
  encodeAlive,
  encodeHello,
  encodeRefusal,
  type Frame,
  FrameDecoder,
  FrameKind,
  type Hello,
  MessageBatch,
  maxHandshakeBytes,
} from '../wire/index.ts'
import type { Address } from './address.ts'
import { type ConnectionLimits, keepAliveDelay, maxSilentIntervals } from './connection.ts'

export interface OutgoingLaneInit {
  readonly hello: Hello
  readonly address: Address
  /** Of the host, if it is a name. */
  readonly resolved: readonly string[]
  readonly limits: ConnectionLimits
  /** The peer has accepted this member. Calls `answer` once, with null to accept the peer. */
  readonly meet: (peer: MemberIdentity, answer: (refusal: Refusal | null) => void) => void
  /** Each side has accepted the other. */
  readonly established: () => void
  /** Called once, with the error that ended the connection, if one did. */
  readonly closed: (cause: Error | null) => void
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

/** The other side is no member. */
export class NoMemberError extends Error {
  constructor(cause: DecodeError) {
    super(`it does not use the protocol of a member: ${cause.message}`, { cause })
  }
}

/** The addresses are known already: see Outgoing. */
const answering =
  (addresses: readonly string[]): LookupFunction =>
  (_host, { all = false }, callback) => {
    const found = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
    if (all) callback(null, found)
    else callback(null, found[0]!.address, found[0]!.family)
  }

export class OutgoingLane {
  readonly #init: OutgoingLaneInit
  readonly #socket: Socket
  readonly #batch: MessageBatch
  #state: 'dialling' | 'meeting' | 'refusing' | 'established' = 'dialling'
  #silentIntervals = 0

  /** Dials. */
  constructor(init: OutgoingLaneInit) {
    const { hello, address, resolved, limits } = init
    this.#init = init
    this.#batch = new MessageBatch(limits.maxFrameBytes)
    const socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveDelay,
      lookup: answering(resolved),
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
        socket.destroy(new NoMemberError(error))
      }
    })
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => init.closed(cause))
  }

  get isEstablished(): boolean {
    return this.#state === 'established'
  }

  get writable(): boolean {
    return this.#socket.writable
  }

  /** In the socket and in the batch. */
  get queuedBytes(): number {
    return this.#socket.writableLength + this.#batch.bytes
  }

  add(message: PeerMessage, size: number): void {
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
    if (!this.isEstablished) return
    if (++this.#silentIntervals > maxSilentIntervals)
      socket.destroy(new Error('it has been silent for too long: is its process stopped, or its machine?'))
    else if (socket.writable && socket.writableLength === 0) socket.write(encodeAlive())
  }

  /** If this side refuses the other, its refusal may still leave. */
  destroy(): void {
    if (this.#state === 'refusing') void this.end()
    else this.#socket.destroy()
  }

  /** Waits for what was sent to leave, for `linger` at most. Resolves when the socket is closed. */
  async end(): Promise<void> {
    const socket = this.#socket
    if (socket.closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#init.limits.linger)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (this.#state === 'established' || this.#state === 'refusing') socket.end()
      else socket.destroy()
    })
  }

  #take(frame: Frame): void {
    const { hello } = this.#init
    if (this.#state === 'dialling' && frame.kind === FrameKind.welcome) this.#meet(decodeWelcome(frame.body))
    else if (this.#state === 'dialling' && frame.kind === FrameKind.refused)
      this.#socket.destroy(new RefusedError(hello.to, decodeRefusal(frame.body)))
    else if (this.#state === 'dialling' || frame.kind !== FrameKind.alive)
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed here`)
  }

  #meet(peer: MemberIdentity): void {
    const { hello, meet, established, closed } = this.#init
    if (peer.id !== hello.to) throw new DecodeError('it answers for another member than the one asked for')
    this.#state = 'meeting'
    meet(peer, (refusal) => {
      if (this.#socket.destroyed) return
      if (refusal === null) {
        this.#state = 'established'
        established()
      } else {
        this.#state = 'refusing'
        this.#socket.write(encodeRefusal(refusal))
        closed(new RefusedError(hello.identity.id, refusal))
      }
    })
  }
}

// The connection on which this member sends to one peer. It is dialled, and dialled again when it is lost.
// Messages are sent only while it is established. Otherwise they are dropped and not queued: a Raft message
// that waited is of no use.
import { connect, type Socket } from 'node:net'
import type { Message, Millis } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import {
  decodeRefusal,
  type EncodedBatch,
  encodeAlive,
  encodeHello,
  type Frame,
  FrameDecoder,
  FrameKind,
  framedSize,
  type Hello,
  MessageBatch,
  maxHandshakeBytes,
  type RefusalReason,
} from '../wire/index.ts'
import { type Address, formatAddress } from './address.ts'
import type { BackOff } from './back-off.ts'
import { type ConnectionLimits, keepAliveDelay, maxSilentIntervals, type PeerStats } from './connection.ts'
import type { RateLimitedLog } from './rate-limited-log.ts'

/** After a connection of this length the back-off begins again. */
const stableConnection: Millis = 1000

export interface OutgoingInit {
  readonly hello: Hello
  readonly address: Address
  readonly limits: ConnectionLimits
  readonly backOff: BackOff
  readonly log: RateLimitedLog
  /** Called when an established connection is lost. */
  readonly lost: () => void
}

type State = 'waiting' | 'dialling' | 'connected' | 'closed'

export class Outgoing {
  readonly #init: OutgoingInit
  readonly #batch: MessageBatch
  #state: State = 'waiting'
  #socket: Socket | null = null
  /** Limits the handshake, or waits to dial again. */
  #timer: NodeJS.Timeout | undefined
  #connectedAt: Millis = 0
  #silentIntervals = 0
  /** The peer has shown that it is up: dial again at once when this connection ends. */
  #redialAtOnce = false
  #sentMessages = 0
  #sentBytes = 0
  #droppedMessages = 0

  constructor(init: OutgoingInit) {
    this.#init = init
    this.#batch = new MessageBatch(init.limits.maxFrameBytes)
  }

  get stats(): PeerStats {
    return {
      connected: this.#state === 'connected',
      queuedBytes: this.#socket?.writableLength ?? 0,
      sentMessages: this.#sentMessages,
      sentBytes: this.#sentBytes,
      droppedMessages: this.#droppedMessages,
    }
  }

  /** Dials now, instead of after the back-off. */
  dial(): void {
    if (this.#state !== 'waiting') return
    clearTimeout(this.#timer)
    this.#state = 'dialling'
    this.#redialAtOnce = false
    const { address, hello, limits } = this.#init
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
        for (const frame of decoder.push(chunk)) if (!socket.destroyed) this.#take(frame, socket)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        socket.destroy(new RejectedError('no-member', error.message))
      }
    })
    socket.on('error', (error) => {
      cause = error
    })
    socket.on('close', () => this.#closed(cause))
    this.#timer = setTimeout(() => {
      socket.destroy(new Error(`no answer in ${limits.handshakeTimeout} ms`))
    }, limits.handshakeTimeout)
  }

  /**
   * The peer has shown that it is up: dials now and resets the back-off. A dial under way may have come too
   * early, and a stable connection may lead to the process that the peer was before it restarted. If one of
   * them ends, the peer is dialled again at once. A connection that is new is not: two members that drop each
   * other as soon as they talk would dial without a pause.
   */
  peerIsUp(): void {
    this.#init.backOff.reset()
    if (this.#state === 'waiting') this.dial()
    else this.#redialAtOnce = this.#state === 'dialling' || this.#wasStable
  }

  /** Adds the message to the next `flush`, or drops it. */
  add(message: Message): void {
    const socket = this.#socket
    if (this.#state !== 'connected' || socket === null || !socket.writable) {
      this.#droppedMessages++
      return
    }
    const { limits, log, hello } = this.#init
    const size = framedSize(message)
    const queued = socket.writableLength + this.#batch.bytes
    if (size > limits.maxFrameBytes) {
      const fields = {
        peer: hello.to,
        message: message.type,
        bytes: size,
        maxFrameBytes: limits.maxFrameBytes,
      }
      log.warn(
        `too-long ${hello.to}`,
        fields,
        `dropped a message to '${hello.to}': it is longer than a frame may be. Raise maxFrameBytes on every member, or write smaller commands`,
      )
      this.#droppedMessages++
    } else if (queued > 0 && queued + size > limits.maxQueueBytes) {
      const fields = { peer: hello.to, queuedBytes: queued, maxQueueBytes: limits.maxQueueBytes }
      log.warn(
        `slow ${hello.to}`,
        fields,
        `dropping messages to '${hello.to}': it receives them more slowly than they are sent`,
      )
      this.#droppedMessages++
    } else {
      this.#batch.add(message, size)
    }
  }

  /** Sends the added messages in one write. If `other` holds the same ones, its bytes are used again. */
  flush(other: EncodedBatch | null): EncodedBatch | null {
    if (this.#batch.length === 0) return null
    this.#sentMessages += this.#batch.length
    this.#sentBytes += this.#batch.bytes
    const encoded = this.#batch.encode(other)
    this.#socket?.write(encoded.buffer)
    return encoded
  }

  /** Called once per interval. Shows that this side is alive, and closes a connection that is silent. */
  keepAlive(): void {
    const socket = this.#socket
    if (this.#state !== 'connected' || socket === null) return
    if (++this.#silentIntervals > maxSilentIntervals)
      socket.destroy(new Error(`silent for ${maxSilentIntervals} intervals`))
    else if (socket.writable && socket.writableLength === 0) socket.write(encodeAlive())
  }

  /** Waits for sent messages to leave, for `linger` at most. Resolves when the socket is closed. */
  async close(): Promise<void> {
    const established = this.#state === 'connected'
    this.#state = 'closed'
    clearTimeout(this.#timer)
    const socket = this.#socket
    if (socket === null) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => socket.destroy(), this.#init.limits.linger)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      if (established) socket.end()
      else socket.destroy()
    })
  }

  #take(frame: Frame, socket: Socket): void {
    if (this.#state === 'dialling' && frame.kind === FrameKind.welcome) this.#welcomed()
    else if (this.#state === 'dialling' && frame.kind === FrameKind.refused) {
      const { reason, detail } = decodeRefusal(frame.body)
      socket.destroy(new RejectedError(reason, detail))
    } else if (this.#state === 'dialling' || frame.kind !== FrameKind.alive) {
      throw new DecodeError(`a frame of kind ${frame.kind} is not allowed here`)
    }
  }

  #welcomed(): void {
    const { hello, address, log } = this.#init
    clearTimeout(this.#timer)
    this.#state = 'connected'
    this.#redialAtOnce = false
    this.#connectedAt = performance.now()
    this.#silentIntervals = 0
    log.resolved(`refused ${hello.to}`)
    log.resolved(`unreachable ${hello.to}`)
    log.debug({ peer: hello.to, address: formatAddress(address) }, `connected to '${hello.to}'`)
  }

  get #wasStable(): boolean {
    return performance.now() - this.#connectedAt >= stableConnection
  }

  #closed(cause: Error | null): void {
    const { hello, address, backOff, log, lost } = this.#init
    const { to: peer } = hello
    const established = this.#state === 'connected'
    clearTimeout(this.#timer)
    this.#socket = null
    if (this.#state === 'closed') return
    this.#state = 'waiting'
    if (established && this.#wasStable) backOff.reset()
    const rejected = cause instanceof RejectedError
    const retryInMs = this.#redialAtOnce
      ? 0
      : Math.round(rejected ? backOff.nextAfterRefusal() : backOff.next())
    this.#timer = setTimeout(() => this.dial(), retryInMs)
    const where = formatAddress(address)
    const fields = { peer, address: where, problem: cause?.message, retryInMs }
    if (rejected) {
      const { reason } = cause
      const what =
        reason === 'no-member' ? 'does not use the protocol of a member' : `refuses this member (${reason})`
      log.warn(`refused ${peer}`, { ...fields, reason }, `'${peer}' at ${where} ${what}: ${cause.message}`)
    } else if (!established && backOff.atLongest) {
      log.warn(
        `unreachable ${peer}`,
        fields,
        `cannot reach '${peer}' at ${where}: ${cause?.message ?? 'it closed the connection'}. Trying again`,
      )
    }
    if (established) {
      log.debug(fields, `lost the connection to '${peer}'`)
      lost()
    }
  }
}

/**
 * The peer refuses this member, or is no member. Another try helps only after a person has changed something.
 */
class RejectedError extends Error {
  readonly reason: RefusalReason | 'no-member'

  constructor(reason: RefusalReason | 'no-member', detail: string) {
    super(detail)
    this.reason = reason
  }
}

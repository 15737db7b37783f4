// The connection on which this member sends to one peer: dialled, introduced, kept, and dialled again when it is lost.
// Messages leave only while it stands. Otherwise they are dropped, not kept: a Raft message that waited is worth nothing.

import { connect, type Socket } from 'node:net'
import type { Message, Millis } from '@oarlock/core'
import { DecodeError } from '@oarlock/runtime'
import {
  decodeRefusal,
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
  type TakenBatch,
} from '../wire/index.ts'
import { type Address, formatAddress } from './address.ts'
import type { BackOff } from './back-off.ts'
import { type ConnectionLimits, keepAliveDelay, type PeerStats, silentBeats } from './connection.ts'
import type { RareLog } from './rare-log.ts'

/** A connection that held this long was a good one: the next retry is soon again. */
const goodConnection: Millis = 1000

export interface OutgoingInit {
  readonly hello: Hello
  readonly address: Address
  readonly limits: ConnectionLimits
  readonly backOff: BackOff
  readonly log: RareLog
  /** An established connection was lost. */
  readonly lost: () => void
}

type State = 'waiting' | 'dialling' | 'connected' | 'closed'

export class Outgoing {
  readonly #init: OutgoingInit
  readonly #batch: MessageBatch
  #state: State = 'waiting'
  #socket: Socket | null = null
  /** Runs out when a dialled peer does not answer, or when it is time to dial again. */
  #timer: NodeJS.Timeout | undefined
  #connectedAt: Millis = 0
  #beatsUnheard = 0
  /** The peer has shown that it is up: should this connection end, there is nothing to wait for. */
  #nudged = false
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

  /** Dials now instead of after the back-off: the peer has shown that it is up. */
  dial(): void {
    if (this.#state !== 'waiting') return
    clearTimeout(this.#timer)
    this.#state = 'dialling'
    this.#nudged = false
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
    let trouble: Error | null = null
    socket.on('connect', () => socket.write(encodeHello(hello)))
    socket.on('data', (chunk) => {
      this.#beatsUnheard = 0
      try {
        for (const frame of decoder.push(chunk)) if (!socket.destroyed) this.#take(frame, socket)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        socket.destroy(new HopelessError('no-member', error.message))
      }
    })
    socket.on('error', (error) => {
      trouble = error
    })
    socket.on('close', () => this.#closed(trouble))
    this.#timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${limits.handshakeTimeout} ms`))
    }, limits.handshakeTimeout)
  }

  /**
   * As `dial`, and forgets how often it failed. A dial under way may have come too early, and what has held for a while
   * may lead to the peer's former self: should they end, it is dialled again at once. Not so what was only just made:
   * two members that drop each other as soon as they speak would go on without a pause.
   */
  nudge(): void {
    this.#init.backOff.reset()
    if (this.#state === 'waiting') this.dial()
    else this.#nudged = this.#state === 'dialling' || this.#hasHeld
  }

  /** Takes the message up for the next `flush`, or drops it. */
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
        `dropped a message to '${hello.to}': longer than a frame may be`,
      )
      this.#droppedMessages++
    } else if (queued > 0 && queued + size > limits.maxQueueBytes) {
      const fields = { peer: hello.to, queuedBytes: queued, maxQueueBytes: limits.maxQueueBytes }
      log.warn(
        `slow ${hello.to}`,
        fields,
        `dropping messages to '${hello.to}': it does not take them as fast as they come`,
      )
      this.#droppedMessages++
    } else {
      this.#batch.add(message, size)
    }
  }

  /** Sends what was added: one buffer, one write. The bytes of `other` serve again where it is the same. */
  flush(other: TakenBatch | null): TakenBatch | null {
    if (this.#batch.length === 0) return null
    this.#sentMessages += this.#batch.length
    this.#sentBytes += this.#batch.bytes
    const taken = this.#batch.take(other)
    this.#socket?.write(taken.buffer)
    return taken
  }

  /** Called once an interval: says that this side is alive, and gives up a peer that has not said so for long. */
  beat(): void {
    const socket = this.#socket
    if (this.#state !== 'connected' || socket === null) return
    if (++this.#beatsUnheard > silentBeats) socket.destroy(new Error('nothing heard any more'))
    else if (socket.writable && socket.writableLength === 0) socket.write(encodeAlive())
  }

  /** Resolves when what was sent has left, or `linger` is over, and the socket is closed. */
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
      socket.destroy(new HopelessError(reason, detail))
    } else if (this.#state === 'dialling' || frame.kind !== FrameKind.alive) {
      throw new DecodeError(`a frame of kind ${frame.kind} that has no place here`)
    }
  }

  #welcomed(): void {
    const { hello, address, log } = this.#init
    clearTimeout(this.#timer)
    this.#state = 'connected'
    this.#nudged = false
    this.#connectedAt = performance.now()
    this.#beatsUnheard = 0
    log.settled(`refused ${hello.to}`)
    log.settled(`unreachable ${hello.to}`)
    log.debug({ peer: hello.to, address: formatAddress(address) }, `connected to '${hello.to}'`)
  }

  get #hasHeld(): boolean {
    return performance.now() - this.#connectedAt >= goodConnection
  }

  #closed(trouble: Error | null): void {
    const { hello, address, backOff, log, lost } = this.#init
    const { to: peer } = hello
    const established = this.#state === 'connected'
    clearTimeout(this.#timer)
    this.#socket = null
    if (this.#state === 'closed') return
    this.#state = 'waiting'
    if (established && this.#hasHeld) backOff.reset()
    const hopeless = trouble instanceof HopelessError
    const retryInMs = this.#nudged ? 0 : Math.round(hopeless ? backOff.nextAfterRefusal() : backOff.next())
    this.#timer = setTimeout(() => this.dial(), retryInMs)
    const where = formatAddress(address)
    const fields = { peer, address: where, problem: trouble?.message, retryInMs }
    if (hopeless) {
      const { reason } = trouble
      const what = reason === 'no-member' ? 'does not speak like a member' : `refuses this member (${reason})`
      log.warn(`refused ${peer}`, { ...fields, reason }, `'${peer}' at ${where} ${what}: ${trouble.message}`)
    } else if (!established && backOff.atLongest) {
      log.warn(`unreachable ${peer}`, fields, `cannot reach '${peer}' at ${where}; trying on`)
    }
    if (established) {
      log.debug(fields, `lost the connection to '${peer}'`)
      lost()
    }
  }
}

/** Trying again soon will not help: a person has to change something. Never leaves this file. */
class HopelessError extends Error {
  readonly reason: RefusalReason | 'no-member'

  constructor(reason: RefusalReason | 'no-member', detail: string) {
    super(detail)
    this.reason = reason
  }
}

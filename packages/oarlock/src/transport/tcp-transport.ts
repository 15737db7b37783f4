// Members talk over TCP: each dials every other one to send, and receives on the connections that were dialled to it.
// So who is connected to whom is each side's own affair, and nothing has to be agreed on when both dial at once.

import { createServer, type Server, type Socket } from 'node:net'
import type { Envelope, Message, Millis, NodeId } from '@oarlock/core'
import { InvalidOptionsError, type Logger, type Transport, type TransportReceiver } from '@oarlock/runtime'
import { ListenError } from '../errors.ts'
import {
  defaultMaxFrameBytes,
  encodeHello,
  type Hello,
  maxHandshakeBytes,
  protocolVersion,
  type Refusal,
  type TakenBatch,
} from '../wire/index.ts'
import { type Address, formatAddress, peerAddress } from './address.ts'
import { BackOff, defaultRetryDelays, type RetryDelays } from './back-off.ts'
import { type ConnectionLimits, keepAliveDelay, type PeerStats } from './connection.ts'
import { Incoming } from './incoming.ts'
import { listen } from './listen.ts'
import { Outgoing } from './outgoing.ts'
import { RareLog } from './rare-log.ts'

export interface TcpTransportOptions {
  /** This member's name. */
  readonly id: NodeId
  /** 'host:port', '[IPv6]:port', or ':port' for every interface. Port 0 takes a free one: see `address`. */
  readonly listen: string
  /** Every member's 'host:port'; this member's own is not used. */
  readonly peers: Readonly<Record<NodeId, string>>
  /** Members of different clusters refuse one another. */
  readonly cluster: string
  readonly logger?: Logger
  /** Bytes that may wait to leave to one peer; one message always may. Default 16 MiB. */
  readonly maxQueueBytes?: number
  /** Longer frames are neither sent nor accepted: it bounds the longest message. In bytes. Default 64 MiB. */
  readonly maxFrameBytes?: number
  /** For connecting and introducing oneself, in ms. Default 2000. */
  readonly handshakeTimeout?: Millis
  /** How long `close` waits for what was sent to leave, in ms. Default 100. */
  readonly linger?: Millis
  /** A connection's sides tell each other this often that they are alive, in ms; silent for five times that, it is dropped. Default 1000. */
  readonly aliveInterval?: Millis
  /** How long to wait before dialling again, in ms. Default { first: 20, longest: 500, refused: 5000 }. */
  readonly retry?: Partial<RetryDelays>
  /** Uniform in [0, 1), for the jitter of retries. Default Math.random. */
  readonly random?: () => number
}

/** Connections that have not introduced themselves yet; beyond it the oldest is closed. */
const maxStrangers = 256

export class TcpTransport implements Transport {
  readonly #options: TcpTransportOptions
  readonly #limits: ConnectionLimits
  readonly #log: RareLog
  readonly #outgoing = new Map<NodeId, Outgoing>()
  readonly #incoming = new Map<NodeId, Incoming>()
  readonly #strangers = new Set<Incoming>()
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new'
  #receiver: TransportReceiver | null = null
  #server: Server | null = null
  #address: string | null = null
  #beats: NodeJS.Timeout | undefined
  #opening: Promise<Address> | null = null
  #closing: Promise<void> | null = null

  /** Throws {@link InvalidOptionsError} for options that cannot work. */
  constructor(options: TcpTransportOptions) {
    this.#options = options
    this.#log = new RareLog(options.logger)
    this.#limits = {
      maxQueueBytes: options.maxQueueBytes ?? 16 * 1024 * 1024,
      maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes,
      handshakeTimeout: options.handshakeTimeout ?? 2000,
      linger: options.linger ?? 100,
    }
    const { id, cluster, peers, random = Math.random } = options
    if (id === '') throw new InvalidOptionsError('id must not be empty')
    const retry = { ...defaultRetryDelays, ...options.retry }
    for (const [peer, text] of Object.entries(peers)) {
      if (peer === id) continue
      const hello: Hello = { version: protocolVersion, cluster, from: id, to: peer }
      if (encodeHello(hello).length > maxHandshakeBytes)
        throw new InvalidOptionsError(
          `the names of cluster and members are too long: ${maxHandshakeBytes} bytes together`,
        )
      this.#outgoing.set(
        peer,
        new Outgoing({
          hello,
          address: peerAddress(peer, text),
          limits: this.#limits,
          backOff: new BackOff(retry, random),
          log: this.#log,
          lost: () => this.#receiver?.unreachable(peer),
        }),
      )
    }
  }

  /** Where it listens, with the port that was taken; null before `open` and after `close`. */
  get address(): string | null {
    return this.#address
  }

  /** Rejects with {@link ListenError} when the address cannot be had. */
  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new') throw new ListenError('a transport opens once: make a new one')
    this.#state = 'opening'
    const { id, aliveInterval = 1000 } = this.#options
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay },
      (socket) => this.#accept(socket),
    )
    this.#server = server
    this.#receiver = receiver
    this.#opening = listen(server, this.#options.listen, id)
    const address = await this.#opening
    if (this.#isClosed) throw new ListenError('closed while it was opening')
    server.on('error', (error) => {
      this.#log.warn('accept', { problem: error.message }, 'could not accept a connection')
    })
    this.#address = formatAddress(address)
    this.#state = 'open'
    this.#beats = setInterval(() => this.#beat(), aliveInterval)
    for (const peer of this.#outgoing.values()) peer.dial()
  }

  /** One write a peer, however many messages. What is for nobody known, or nobody connected, is dropped. */
  send(envelopes: readonly Envelope[]): void {
    if (this.#state !== 'open') return
    for (const { to, message } of envelopes) this.#outgoing.get(to)?.add(message)
    let taken: TakenBatch | null = null
    for (const { to } of envelopes) taken = this.#outgoing.get(to)?.flush(taken) ?? taken
  }

  stats(): ReadonlyMap<NodeId, PeerStats> {
    return new Map([...this.#outgoing].map(([peer, connection]) => [peer, connection.stats]))
  }

  /** Lets what was sent leave (for `linger` at most), then closes every socket. Nothing is received any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  get #isClosed(): boolean {
    return this.#state === 'closed'
  }

  async #close(): Promise<void> {
    this.#state = 'closed'
    this.#receiver = null
    this.#address = null
    clearInterval(this.#beats)
    const serverClosed = this.#stopListening()
    for (const connection of [...this.#strangers, ...this.#incoming.values()]) connection.destroy()
    await Promise.all([...this.#outgoing.values()].map((peer) => peer.close()))
    await serverClosed
  }

  async #stopListening(): Promise<void> {
    const listening = await this.#opening?.then(
      () => true,
      () => false,
    )
    if (listening) await new Promise((resolve) => this.#server?.close(resolve))
  }

  #beat(): void {
    for (const peer of this.#outgoing.values()) peer.beat()
    for (const connection of this.#incoming.values()) connection.beat()
  }

  #accept(socket: Socket): void {
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    const stranger = new Incoming({
      socket,
      limits: this.#limits,
      judge: (hello, remote) => this.#judge(hello, remote),
      welcomed: (connection, from) => this.#welcome(connection, from),
      received: (from, messages) => this.#received(from, messages),
      misbehaved: (from, remote, error) => {
        const who = from === null ? `something at ${remote}` : `'${from}' at ${remote}`
        const fields = { peer: from, remote, problem: error.message }
        this.#log.warn(`misbehaved ${from}`, fields, `${who} does not speak like a member: connection closed`)
      },
      closed: (connection, from) => {
        this.#strangers.delete(connection)
        if (from !== null && this.#incoming.get(from) === connection) this.#incoming.delete(from)
      },
    })
    this.#strangers.add(stranger)
    const [oldest] = this.#strangers
    if (this.#strangers.size > maxStrangers) oldest?.destroy()
  }

  #welcome(connection: Incoming, from: NodeId): void {
    this.#strangers.delete(connection)
    // The peer has dialled anew, so the older connection is dead even if this side has not noticed.
    this.#incoming.get(from)?.destroy()
    this.#incoming.set(from, connection)
    this.#outgoing.get(from)?.nudge()
  }

  #received(from: NodeId, messages: readonly Message[]): void {
    this.#receiver?.receive(from, messages)
  }

  #judge(hello: Hello, remote: string): Refusal | null {
    const refusal = this.#refusalOf(hello)
    if (refusal === null) return null
    const { reason, detail } = refusal
    this.#log.warn(
      `refusing ${reason} ${remote.slice(0, remote.lastIndexOf(':'))} ${hello.from}`,
      { remote, peer: hello.from, wanted: hello.to, cluster: hello.cluster, reason },
      `refused a connection from ${remote} (${reason}): ${detail}`,
    )
    return refusal
  }

  #refusalOf(hello: Hello): Refusal | null {
    const { id, cluster } = this.#options
    if (hello.version !== protocolVersion)
      return {
        reason: 'wrong-version',
        detail: `it speaks version ${hello.version}, this is version ${protocolVersion}`,
      }
    if (hello.cluster !== cluster)
      return {
        reason: 'wrong-cluster',
        detail: `it is of cluster '${hello.cluster}', this is cluster '${cluster}'`,
      }
    if (hello.to !== id) return { reason: 'wrong-member', detail: `it wants '${hello.to}', this is '${id}'` }
    if (!this.#outgoing.has(hello.from))
      return {
        reason: 'unknown-member',
        detail: `it is '${hello.from}', which is not among the peers of '${id}'`,
      }
    return null
  }
}

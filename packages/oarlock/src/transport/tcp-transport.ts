// Messages over TCP. Each member dials every other one to send, and receives on the connections that were
// dialled to it. So two members that dial each other at the same moment have nothing to agree on. Each dials
// twice, one connection for each lane: what elections and leases need never waits behind entries.
import { createServer, type Server, type Socket } from 'node:net'
import type { Envelope, Message, Millis, NodeId } from '@oarlock/core'
import {
  InvalidOptionsError,
  type Lane,
  type Logger,
  lanes,
  type Transport,
  type TransportReceiver,
} from '@oarlock/runtime'
import { ListenError } from '../errors.ts'
import {
  defaultMaxFrameBytes,
  type EncodedBatch,
  encodeHello,
  type Hello,
  maxHandshakeBytes,
  protocolVersion,
  type Refusal,
} from '../wire/index.ts'
import { type Address, formatAddress, peerAddress } from './address.ts'
import { BackOff, defaultRetryDelays, type RetryDelays } from './back-off.ts'
import { type ConnectionLimits, keepAliveDelay, type PeerStats } from './connection.ts'
import { Incoming } from './incoming.ts'
import { listen } from './listen.ts'
import { Outgoing } from './outgoing.ts'
import { RateLimitedLog } from './rate-limited-log.ts'

export interface TcpTransportOptions {
  /** This member's name. */
  readonly id: NodeId
  /** 'host:port', '[IPv6]:port', or ':port' for every interface. Port 0 takes a free port: see `address`. */
  readonly listen: string
  /** The 'host:port' of every member. This member's own is not used. */
  readonly peers: Readonly<Record<NodeId, string>>
  /** Members of different clusters refuse one another. */
  readonly cluster: string
  readonly logger?: Logger
  /** The most bytes that may wait to be sent to one peer in one lane. One message always may. Default 16 MiB. */
  readonly maxQueueBytes?: number
  /**
   * Longer frames are neither sent nor accepted, so it bounds the longest message. In bytes. Default 64 MiB.
   */
  readonly maxFrameBytes?: number
  /** For connecting and the handshake together, in ms. Default 2000. */
  readonly handshakeTimeout?: Millis
  /** The longest time that `close` waits for sent messages to leave, in ms. Default 100. */
  readonly linger?: Millis
  /**
   * Each end of a connection sends a frame this often, in ms. After five times as long in silence it is
   * closed. Default 1000.
   */
  readonly aliveInterval?: Millis
  /** The delays before dialling again, in ms. Default { first: 20, longest: 500, refused: 5000 }. */
  readonly retry?: Partial<RetryDelays>
  /** Uniform in [0, 1), for the jitter of retries. Default Math.random. */
  readonly random?: () => number
}

/** The most connections before their handshake. Beyond it the oldest is closed. */
const maxHandshakes = 256

export class TcpTransport implements Transport {
  readonly #options: TcpTransportOptions
  readonly #limits: ConnectionLimits
  readonly #log: RateLimitedLog
  readonly #outgoing = new Map<NodeId, Outgoing>()
  readonly #incoming: Readonly<Record<Lane, Map<NodeId, Incoming>>> = { control: new Map(), bulk: new Map() }
  readonly #handshaking = new Set<Incoming>()
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new'
  #receiver: TransportReceiver | null = null
  #server: Server | null = null
  #address: string | null = null
  #keepAliveTimer: NodeJS.Timeout | undefined
  #opening: Promise<Address> | null = null
  #closing: Promise<void> | null = null

  /** Throws {@link InvalidOptionsError} for options that cannot work. */
  constructor(options: TcpTransportOptions) {
    this.#options = options
    this.#log = new RateLimitedLog(options.logger)
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
      const hello: Omit<Hello, 'lane'> = { version: protocolVersion, cluster, from: id, to: peer }
      if (encodeHello({ ...hello, lane: 'control' }).length > maxHandshakeBytes)
        throw new InvalidOptionsError(
          `the names of the cluster and the members are too long: write shorter ones`,
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

  /** The address that it listens on, with the actual port. Null before `open` and after `close`. */
  get address(): string | null {
    return this.#address
  }

  /** Rejects with {@link ListenError} if it cannot listen on the address. */
  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new')
      throw new ListenError('this transport was opened before, and each opens once: make a new one')
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
    if (this.#isClosed) throw new ListenError('the transport was closed while it was opening')
    server.on('error', (error) => {
      this.#log.warn('accept', { problem: error.message }, 'could not accept a connection')
    })
    this.#address = formatAddress(address)
    this.#state = 'open'
    this.#keepAliveTimer = setInterval(() => this.#keepAlive(), aliveInterval)
    for (const peer of this.#outgoing.values()) peer.dial()
  }

  /** One write per peer and lane. Messages to peers that are unknown or not connected are dropped. */
  send(envelopes: readonly Envelope[]): void {
    if (this.#state !== 'open') return
    for (const { to, message } of envelopes) this.#outgoing.get(to)?.add(message)
    for (const lane of lanes) {
      let last: EncodedBatch | null = null
      for (const { to } of envelopes) last = this.#outgoing.get(to)?.flush(lane, last) ?? last
    }
  }

  stats(): ReadonlyMap<NodeId, PeerStats> {
    return new Map([...this.#outgoing].map(([peer, connection]) => [peer, connection.stats]))
  }

  /** Waits for sent messages to leave, for `linger` at most, and closes every socket. */
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
    clearInterval(this.#keepAliveTimer)
    const serverClosed = this.#stopListening()
    for (const connection of [...this.#handshaking, ...this.#established()]) connection.destroy()
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

  #keepAlive(): void {
    for (const peer of this.#outgoing.values()) peer.keepAlive()
    for (const connection of this.#established()) connection.keepAlive()
  }

  #established(): Incoming[] {
    return lanes.flatMap((lane) => [...this.#incoming[lane].values()])
  }

  #accept(socket: Socket): void {
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    const incoming = new Incoming({
      socket,
      limits: this.#limits,
      refusalOf: (hello, remote) => this.#refuse(hello, remote),
      accepted: (connection, hello) => this.#accepted(connection, hello),
      received: (from, messages) => this.#received(from, messages),
      protocolError: (from, remote, error) => {
        const peer = from === null ? `something at ${remote}` : `'${from}' at ${remote}`
        const fields = { peer: from, remote, problem: error.message }
        this.#log.warn(
          `protocol ${from}`,
          fields,
          `${peer} does not use the protocol of a member: connection closed`,
        )
      },
      closed: (connection, hello) => {
        this.#handshaking.delete(connection)
        if (hello === null) return
        const established = this.#incoming[hello.lane]
        if (established.get(hello.from) === connection) established.delete(hello.from)
      },
    })
    this.#handshaking.add(incoming)
    const [oldest] = this.#handshaking
    if (this.#handshaking.size > maxHandshakes) oldest?.destroy()
  }

  #accepted(connection: Incoming, { from, lane }: Hello): void {
    this.#handshaking.delete(connection)
    // The peer has dialled again, so its older connection is dead, even if this side has not noticed.
    this.#incoming[lane].get(from)?.destroy()
    this.#incoming[lane].set(from, connection)
    if (lane === 'control') this.#outgoing.get(from)?.peerIsUp()
  }

  #received(from: NodeId, messages: readonly Message[]): void {
    this.#receiver?.receive(from, messages)
  }

  #refuse(hello: Hello, remote: string): Refusal | null {
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
        detail: `it uses protocol version ${hello.version}, and this member uses ${protocolVersion}`,
      }
    if (hello.cluster !== cluster)
      return {
        reason: 'wrong-cluster',
        detail: `it belongs to cluster '${hello.cluster}', and this member to '${cluster}'`,
      }
    if (hello.to !== id)
      return { reason: 'wrong-member', detail: `it wants '${hello.to}', and this member is '${id}'` }
    if (!this.#outgoing.has(hello.from))
      return {
        reason: 'unknown-member',
        detail: `it is '${hello.from}', which is not among the peers of '${id}'`,
      }
    return null
  }
}

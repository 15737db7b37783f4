// Messages over TCP. Each member dials every other one to send, and receives on the connections that were
// dialled to it. So two members that dial each other at the same moment have nothing to agree on. Each dials
// twice, one connection for each lane: what elections and leases need never waits behind entries.
import { createServer, type Server, type Socket } from 'node:net'
import type { Envelope, Message, Millis, NodeId } from '@oarlock/core'
import {
  checkOptions,
  guardedLogger,
  InvalidOptionsError,
  type Lane,
  type Link,
  lanes,
  type MemberIdentity,
  printable,
  type Refusal,
  type Transport,
  type TransportReceiver,
} from '@oarlock/runtime'
import { ListenError } from '../errors.ts'
import {
  defaultMaxFrameBytes,
  type EncodedBatch,
  encodeHello,
  type ForeignHello,
  type Hello,
  maxHandshakeBytes,
  protocolVersion,
} from '../wire/index.ts'
import { type Address, formatAddress, peerAddress } from './address.ts'
import { BackOff, defaultRetryDelays } from './back-off.ts'
import { type ConnectionLimits, keepAliveDelay, type PeerStats } from './connection.ts'
import { type Dialler, Incoming } from './incoming.ts'
import { listen } from './listen.ts'
import { type NameLookup, nameLookup } from './names/index.ts'
import { type TcpTransportOptions, tcpTransportSchema } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { RateLimitedLog } from './rate-limited-log.ts'

/**
 * Never reached by what the core sends on its own account: of entries 16 MiB are in flight at most and one
 * command more, of forwarded proposals 4 MiB.
 */
const defaultMaxQueueBytes = 64 * 1024 * 1024

/** The most connections before their handshake. Beyond it the oldest is closed. */
const maxHandshakes = 256

export class TcpTransport implements Transport {
  readonly showsIdentities = true
  readonly #options: TcpTransportOptions
  readonly #limits: ConnectionLimits
  readonly #log: RateLimitedLog
  readonly #lookup: NameLookup
  readonly #abandonListening = new AbortController()
  readonly #addresses = new Map<NodeId, Address>()
  /** Since `open`. */
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
    checkOptions(options, tcpTransportSchema, 'TcpTransport')
    this.#options = options
    this.#log = new RateLimitedLog(options.logger && guardedLogger(options.logger))
    this.#lookup = options.lookup ?? nameLookup()
    this.#limits = {
      maxQueueBytes: options.maxQueueBytes ?? defaultMaxQueueBytes,
      maxFrameBytes: options.maxFrameBytes ?? defaultMaxFrameBytes,
      handshakeTimeout: options.handshakeTimeout ?? 2000,
      linger: options.linger ?? 100,
    }
    const { id, peers } = options
    for (const [peer, text] of Object.entries(peers))
      if (peer !== id) this.#addresses.set(peer, peerAddress(peer, text))
  }

  /** The address that it listens on, with the actual port. Null before `open` and after `close`. */
  get address(): string | null {
    return this.#address
  }

  /** Rejects with {@link ListenError} if it cannot listen on the address. */
  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new')
      throw new ListenError('this transport was opened before, and each opens once: make a new one')
    for (const [peer, address] of this.#addresses)
      this.#outgoing.set(peer, this.#newOutgoing(peer, address, receiver))
    this.#state = 'opening'
    const { id, aliveInterval = 1000 } = this.#options
    const server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelay },
      (socket) => this.#accept(socket),
    )
    this.#server = server
    this.#receiver = receiver
    const { signal } = this.#abandonListening
    this.#opening = listen(server, this.#options.listen, id, { lookup: this.#lookup, signal })
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

  #newOutgoing(peer: NodeId, address: Address, receiver: TransportReceiver): Outgoing {
    const { retry, random = Math.random } = this.#options
    const hello: Omit<Hello, 'lane'> = { version: protocolVersion, identity: receiver.identity, to: peer }
    if (encodeHello({ ...hello, lane: 'control' }).length > maxHandshakeBytes)
      throw new InvalidOptionsError(
        'the names of the cluster and the members are too long together: write shorter ones',
      )
    return new Outgoing({
      hello,
      address,
      lookup: this.#lookup,
      limits: this.#limits,
      backOff: new BackOff({ ...defaultRetryDelays, ...retry }, random),
      log: this.#log,
      meet: (identity, answer) => this.#meet(identity, formatAddress(address), answer),
      established: () => this.#receiver?.accepted(peer),
      refused: (refusal) => this.#receiver?.refused(peer, refusal),
      lost: () => this.#receiver?.unreachable(peer),
    })
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

  links(): ReadonlyMap<NodeId, Link> {
    return new Map([...this.#outgoing].map(([peer, connection]) => [peer, connection.link]))
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
    this.#abandonListening.abort()
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
    const receiver = this.#receiver
    if (this.#isClosed || receiver === null) {
      socket.destroy()
      return
    }
    const incoming = new Incoming({
      socket,
      limits: this.#limits,
      identity: receiver.identity,
      meet: (hello, remote, answer) => this.#meetDialler(receiver.identity, hello, remote, answer),
      accepted: (connection, dialler) => this.#accepted(connection, dialler),
      refused: (by, refusal) => this.#receiver?.refused(by, refusal),
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
      closed: (connection, dialler) => {
        this.#handshaking.delete(connection)
        if (dialler === null) return
        const established = this.#incoming[dialler.lane]
        if (established.get(dialler.id) === connection) established.delete(dialler.id)
      },
    })
    this.#handshaking.add(incoming)
    const [oldest] = this.#handshaking
    if (this.#handshaking.size > maxHandshakes) oldest?.destroy()
  }

  #accepted(connection: Incoming, { id, lane }: Dialler): void {
    this.#handshaking.delete(connection)
    // The peer has dialled again, so its older connection is dead, even if this side has not noticed.
    this.#incoming[lane].get(id)?.destroy()
    this.#incoming[lane].set(id, connection)
    if (lane === 'control') this.#outgoing.get(id)?.peerIsUp()
  }

  #received(from: NodeId, messages: readonly Message[]): void {
    this.#receiver?.receive(from, messages)
  }

  /** If there is a connection from another process of the same member, finds out whether it still speaks. */
  #meet(peer: MemberIdentity, remote: string, answer: (refusal: Refusal | null) => void): void {
    const meet = (rival?: string): void =>
      this.#receiver?.meet(
        peer,
        remote,
        (refusal) => {
          if (!this.#isClosed) answer(refusal)
        },
        rival,
      )
    const rival = this.#established().find(({ dialler }) => dialler !== null && isRival(dialler, peer))
    if (rival === undefined) return meet()
    rival.probe(this.#probeTime, (speaks) => meet(speaks ? rival.remote : undefined))
  }

  /** Longer than the interval in which a peer speaks, and shorter than the handshake. */
  get #probeTime(): Millis {
    return Math.min(1.5 * (this.#options.aliveInterval ?? 1000), 0.75 * this.#limits.handshakeTimeout)
  }

  /** The receiver judges who the other member is. Whether it talks to the right one is judged here. */
  #meetDialler(
    own: MemberIdentity,
    hello: Hello | ForeignHello,
    remote: string,
    answer: (refusal: Refusal | null) => void,
  ): void {
    const refuse = (refusal: Refusal): void => {
      this.#logRefusal(hello, remote, refusal)
      answer(refusal)
    }
    if (hello.identity === null)
      return refuse({
        reason: 'wrong-version',
        detail: `it uses protocol version ${hello.version}, and '${own.id}' uses ${protocolVersion}: run the same version of Oarlock on every member`,
      })
    const { identity, to } = hello
    if (isSameProcess(own, identity))
      return refuse({
        reason: 'wrong-member',
        detail: `the address of '${printable(to)}' leads to '${own.id}' itself: correct the addresses in peers`,
      })
    this.#meet(identity, remote, (refusal) => {
      if (refusal !== null) answer(refusal)
      else if (to !== own.id)
        refuse({
          reason: 'wrong-member',
          detail: `'${printable(identity.id)}' wants '${printable(to)}', and '${own.id}' is at the address that it dialled: correct the addresses in peers`,
        })
      else if (!this.#outgoing.has(identity.id))
        refuse({
          reason: 'unknown-member',
          detail: `'${printable(identity.id)}' is not among the peers of '${own.id}'`,
        })
      else answer(null)
    })
  }

  #logRefusal({ identity }: Hello | ForeignHello, remote: string, { reason, detail }: Refusal): void {
    const peer = identity === null ? null : printable(identity.id)
    this.#log.warnOfStranger(
      `refusing ${reason} ${peer}`,
      { remote, peer, reason },
      `refused a connection from ${remote} (${reason}): ${detail}`,
    )
  }
}

/** Another process on the same data directory, or on a copy of it. */
const isRival = ({ id, incarnation, start }: Dialler, peer: MemberIdentity): boolean =>
  id === peer.id && incarnation === peer.incarnation && start !== (peer.starts.recent.at(-1) ?? '')

/** Each start has its own token. */
const isSameProcess = (own: MemberIdentity, other: MemberIdentity): boolean =>
  other.id === own.id &&
  other.incarnation === own.incarnation &&
  other.starts.recent.at(-1) === own.starts.recent.at(-1)

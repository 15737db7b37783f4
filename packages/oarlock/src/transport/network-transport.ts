// Messages over streams of bytes: TCP, TLS or WebSocket. Each member dials every other one to send, and
// receives on the connections that were dialled to it. So two members that dial each other at the same moment
// have nothing to agree on. Each dials twice, one connection for each lane: what elections and leases need
// never waits behind entries.
import type { NodeId } from '@oarlock/core'
import {
  InvalidOptionsError,
  type Link,
  lanes,
  type MemberIdentity,
  type PeerEnvelope,
  type Refusal,
  type ShownMember,
  type Transport,
  type TransportReceiver,
} from '@oarlock/runtime'
import { ListenError } from '../errors.ts'
import { type EncodedBatch, encodeIntroduction, maxHandshakeBytes } from '../wire/index.ts'
import { Acceptor } from './acceptor.ts'
import { type Address, formatAddress, isSameAddress } from './address.ts'
import { BackOff, defaultRetryDelays } from './back-off.ts'
import type { PeerStats } from './connection.ts'
import type { TransportDrops } from './drops.ts'
import type { Secrets } from './handshake.ts'
import { type LayerContext, layerContext } from './layer-context.ts'
import { warnOfOpenWire } from './open-wire.ts'
import type { NetworkTransportOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { secretsOf } from './secret.ts'
import { Seeker } from './seeker.ts'
import type { Listening, StreamLayer } from './stream-layer.ts'

export class NetworkTransport implements Transport {
  readonly showsIdentities = true
  readonly #options: NetworkTransportOptions
  readonly #layer: StreamLayer
  readonly #secrets: Secrets
  readonly #context: LayerContext
  readonly #abandonListening = new AbortController()
  #addresses: ReadonlyMap<NodeId, Address>
  /** By the options. */
  readonly #configured: ReadonlyMap<NodeId, Address>
  /** Since `open`. */
  readonly #outgoing = new Map<NodeId, Outgoing>()
  #seekers: ReadonlyMap<string, Seeker> = new Map()
  #acceptor: Acceptor | null = null
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new'
  #receiver: TransportReceiver | null = null
  #listening: Listening | null = null
  /** Its address, if the peers have to be told. */
  #assigned = ''
  #keepAliveTimer: NodeJS.Timeout | undefined
  #closing: Promise<void> | null = null
  /** The connections to former peers that are being closed. */
  readonly #leaving = new Set<Promise<void>>()

  /** Throws {@link InvalidOptionsError} for options that cannot work. */
  protected constructor(options: NetworkTransportOptions, newLayer: (context: LayerContext) => StreamLayer) {
    this.#options = options
    this.#context = layerContext(options)
    this.#layer = newLayer(this.#context)
    this.#secrets = secretsOf(options.secret)
    this.#addresses = this.#addressesOf(options.peers)
    this.#configured = this.#addresses
  }

  #addressesOf(peers: Readonly<Record<NodeId, string>>): ReadonlyMap<NodeId, Address> {
    const others = Object.entries(peers).filter(([peer]) => peer !== this.#options.id)
    return new Map(others.map(([peer, text]) => [peer, this.#layer.addressOf(peer, text)]))
  }

  /** The address that it listens on, with the actual port. Null before `open` and after `close`. */
  get address(): string | null {
    return this.#listening?.address ?? null
  }

  /** Where the peers reach it, if that is not what they have in their options. */
  get advertised(): string | null {
    return this.#advertise || null
  }

  /** Rejects with {@link ListenError} if it cannot listen on the address, and with TlsError. */
  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new')
      throw new ListenError('this transport was opened before, and each opens once: make a new one')
    const acceptor = this.#newAcceptor(receiver)
    for (const [peer, address] of this.#addresses)
      this.#outgoing.set(peer, this.#newOutgoing(peer, address, receiver, acceptor))
    this.#state = 'opening'
    const { aliveInterval = 1000 } = this.#options
    this.#acceptor = acceptor
    this.#receiver = receiver
    const listening = await this.#layer.listen(acceptor, this.#abandonListening.signal)
    if (this.#isClosed) throw new ListenError('the transport was closed while it was opening')
    const { address, isAssigned, isLoopback } = listening
    this.#listening = listening
    if (isAssigned) this.#assigned = address
    const isOpen = !this.#layer.knowsPeers && this.#secrets.length === 0
    if (isOpen && !isLoopback) warnOfOpenWire(this.#context.log, this.#options.id, address)
    this.#state = 'open'
    this.#keepAliveTimer = setInterval(() => this.#keepAlive(), aliveInterval)
    for (const peer of this.#outgoing.values()) peer.dial()
  }

  #newAcceptor(receiver: TransportReceiver): Acceptor {
    const { aliveInterval = 1000 } = this.#options
    const { limits, log, drops } = this.#context
    return new Acceptor({
      own: () => receiver.identity,
      isPeer: (peer) => this.#outgoing.has(peer.id) || hasNewerTable(peer, receiver.identity),
      advertise: () => this.#advertise,
      welcomeOfSeed: () => ({ identity: this.#withAddresses(receiver.identity), advertise: this.#advertise }),
      client: (cluster, connection) => this.#receiver?.client?.(cluster, connection),
      secrets: this.#secrets,
      limits,
      log,
      drops,
      probeTime: Math.min(1.5 * aliveInterval, 0.75 * limits.handshakeTimeout),
      meet: (peer, remote, answer, rival) => {
        const answerIfOpen = (refusal: Refusal | null): void => {
          if (!this.#isClosed) answer(refusal)
        }
        this.#receiver?.meet(peer, remote, answerIfOpen, rival)
      },
      peerIsUp: (peer, advertise) => this.#peerIsUp(peer, this.#advertised(peer.id, advertise)),
      refused: (by, refusal) => this.#receiver?.refused(by, refusal),
      received: (from, messages) => this.#receiver?.receive(from, messages),
    })
  }

  #newOutgoing(peer: NodeId, address: Address, receiver: TransportReceiver, acceptor: Acceptor): Outgoing {
    const { retry, random = Math.random } = this.#options
    const introduction = {
      get identity() {
        return receiver.identity
      },
      to: peer,
    }
    const { advertise = '' } = this.#options
    if (encodeIntroduction({ ...introduction, advertise, lane: 'control' }).length > maxHandshakeBytes)
      throw new InvalidOptionsError(
        'the names of the cluster and the members are too long together: write shorter ones',
      )
    return new Outgoing({
      introduction,
      advertise: () => this.#advertise,
      secrets: this.#secrets,
      address,
      fallback: this.#configured.get(peer) ?? null,
      dial: (target, opened) => this.#layer.dial(target, opened),
      ...this.#context,
      backOff: new BackOff({ ...defaultRetryDelays, ...retry }, random),
      meet: (met, remote, answer) => acceptor.meet(met, remote, answer),
      established: () => this.#receiver?.accepted(peer),
      refused: (refusal) => this.#receiver?.refused(peer, refusal),
      lost: () => this.#receiver?.unreachable(peer),
    })
  }

  /**
   * From now on these are the other members. New ones are dialled, those with another address dialled anew,
   * and the connections to and from all others closed. Throws InvalidOptionsError for an address that cannot
   * be dialled; then nothing is changed.
   */
  setPeers(peers: Readonly<Record<NodeId, string>>): void {
    const before = this.#addresses
    this.#addresses = this.#addressesOf(peers)
    const receiver = this.#receiver
    const acceptor = this.#acceptor
    if (this.#state !== 'open' || receiver === null || acceptor === null) return
    for (const [peer, address] of before) {
      const now = this.#addresses.get(peer)
      if (now !== undefined && isSameAddress(now, address)) continue
      this.#leave(peer)
      if (now === undefined) acceptor.drop(peer)
    }
    for (const [peer, address] of this.#addresses) {
      if (this.#outgoing.has(peer)) continue
      const outgoing = this.#newOutgoing(peer, address, receiver, acceptor)
      this.#outgoing.set(peer, outgoing)
      outgoing.dial()
    }
  }

  /** The table that a newcomer is shown has the addresses that this member uses. */
  #withAddresses(identity: MemberIdentity): MemberIdentity {
    const { membership } = identity
    if (membership === undefined) return identity
    const members = Object.entries(membership.members).map(([id, member]): [NodeId, ShownMember] => [
      id,
      { ...member, address: this.#addressTo(id, member.address) },
    ])
    return { ...identity, membership: { ...membership, members: Object.fromEntries(members) } }
  }

  #addressTo(member: NodeId, inTable: string | null): string | null {
    const { id, peers } = this.#options
    if (member === id) return this.advertised ?? inTable ?? peers[id] ?? null
    const outgoing = this.#outgoing.get(member)
    if (outgoing === undefined) return inTable
    return outgoing.stats.connected || inTable === null ? formatAddress(outgoing.address) : inTable
  }

  /** See Transport. */
  seek(seeds: readonly string[]): void {
    for (const seeker of this.#seekers.values()) seeker.close()
    this.#seekers = new Map()
    const receiver = this.#receiver
    if (this.#state !== 'open' || receiver === null) return
    this.#seekers = new Map(seeds.map((seed) => [seed, this.#newSeeker(seed, receiver)]))
    for (const seeker of this.#seekers.values()) void seeker.ask()
  }

  #newSeeker(seed: string, receiver: TransportReceiver): Seeker {
    const { retry, random = Math.random } = this.#options
    return new Seeker({
      own: () => receiver.identity,
      seed: this.#layer.addressOf('the seed', seed),
      secrets: this.#secrets,
      dial: (target, opened) => this.#layer.dial(target, opened),
      ...this.#context,
      backOff: new BackOff({ ...defaultRetryDelays, ...retry }, random),
      found: (peer, address) => receiver.discovered?.(peer, addressesIn(peer, address)),
    })
  }

  seeds(): ReadonlyMap<string, Link> {
    return new Map([...this.#seekers].map(([seed, { link }]) => [seed, link]))
  }

  /** A peer that was accepted is dialled, also if this member has not heard of it before. */
  #peerIsUp(peer: MemberIdentity, advertised: Address | null): void {
    const known = this.#outgoing.get(peer.id)
    if (known !== undefined) return known.peerIsUp(advertised)
    const shown = peer.membership?.members[peer.id]?.address ?? ''
    const address = advertised ?? this.#advertised(peer.id, shown)
    if (address === null || this.#receiver === null || this.#acceptor === null) return
    const outgoing = this.#newOutgoing(peer.id, address, this.#receiver, this.#acceptor)
    this.#outgoing.set(peer.id, outgoing)
    outgoing.dial()
  }

  #leave(peer: NodeId): void {
    const outgoing = this.#outgoing.get(peer)
    if (outgoing === undefined) return
    this.#outgoing.delete(peer)
    const wasConnected = outgoing.stats.connected
    const leaving = outgoing.close().finally(() => this.#leaving.delete(leaving))
    this.#leaving.add(leaving)
    if (wasConnected) this.#receiver?.unreachable(peer)
  }

  get #advertise(): string {
    return this.#options.advertise ?? this.#assigned
  }

  /** Where a peer says that it is; null: it says nothing that can be used. */
  #advertised(peer: NodeId, text: string): Address | null {
    if (text === '') return null
    try {
      return this.#layer.addressOf(peer, text)
    } catch (error) {
      const problem = (error as Error).message
      this.#context.log.warn(
        `advertise ${peer}`,
        { event: 'address-not-advertised', peer, problem },
        `'${peer}' advertises no address: ${problem}`,
      )
      return null
    }
  }

  /** One write per peer and lane. Messages to peers that are unknown or not connected are dropped. */
  send(envelopes: readonly PeerEnvelope[]): void {
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

  /** Connections that ended and messages that were dropped, by reason, since the transport was made. */
  drops(): TransportDrops {
    return this.#context.drops.counts
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
    this.#listening = null
    this.seek([])
    clearInterval(this.#keepAliveTimer)
    this.#abandonListening.abort()
    const layerClosed = this.#layer.close()
    this.#acceptor?.destroy('closed')
    await Promise.all([...[...this.#outgoing.values()].map((peer) => peer.close()), ...this.#leaving])
    await layerClosed
  }

  #keepAlive(): void {
    for (const peer of this.#outgoing.values()) peer.keepAlive()
    this.#acceptor?.keepAlive()
  }
}

/** `seed`: where it was asked. */
const addressesIn = ({ id, membership }: MemberIdentity, seed: string): Readonly<Record<NodeId, string>> => {
  const addresses: Record<NodeId, string> = { [id]: seed }
  for (const [member, { address }] of Object.entries(membership?.members ?? {}))
    if (address !== null) addresses[member] = address
  return addresses
}

/** Then this member was away when the peer became a member. */
const hasNewerTable = (peer: MemberIdentity, own: MemberIdentity): boolean =>
  (peer.membership?.version ?? 0) > (own.membership?.version ?? 0)

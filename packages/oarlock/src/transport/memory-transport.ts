// A network within the process, for tests. It keeps the order and groups messages as TCP does, loses nothing
// unless told to, and can be cut. A message arrives in a later turn of the event loop, never within `send`.
import type { NodeId } from '@oarlock/core'
import type {
  Link,
  MemberIdentity,
  PeerEnvelope,
  PeerMessage,
  Refusal,
  Transport,
  TransportReceiver,
} from '@oarlock/runtime'
import { ListenError } from '../errors.ts'
import { decodeMessages, FrameDecoder, MessageBatch } from '../wire/index.ts'
import { LinkHistory } from './link-history.ts'

export interface MemoryNetworkOptions {
  /** Encode and decode every message, as a real wire does. Default true. */
  readonly codec?: boolean
}

/** The messages of one `send` to one peer. */
interface Packet {
  readonly from: NodeId
  readonly to: NodeId
  readonly content: readonly PeerMessage[] | Buffer
}

export class MemoryNetwork {
  readonly #codec: boolean
  readonly #open = new Map<NodeId, MemoryTransport>()
  /** By sender: the receivers that its messages do not reach. */
  readonly #cut = new Map<NodeId, Set<NodeId>>()
  #inFlight: Packet[] = []
  #scheduled = false

  constructor(options: MemoryNetworkOptions = {}) {
    this.#codec = options.codec ?? true
  }

  /** A new transport for `id`. Opening one after another is a restart of the member. */
  transport(id: NodeId): Transport {
    return new MemoryTransport(id, this)
  }

  /** Cuts both directions between two members, and loses what is in flight. Neither is told. */
  cut(a: NodeId, b: NodeId): void {
    this.cutOneWay(a, b)
    this.cutOneWay(b, a)
  }

  /** Cuts only the direction from `from` to `to`. */
  cutOneWay(from: NodeId, to: NodeId): void {
    const cut = this.#cut.get(from) ?? new Set()
    this.#cut.set(from, cut.add(to))
    this.#inFlight = this.#inFlight.filter((packet) => packet.from !== from || packet.to !== to)
  }

  /** Heals both directions between two members, or the whole network. */
  heal(): void
  heal(a: NodeId, b: NodeId): void
  heal(a?: NodeId, b?: NodeId): void {
    if (a === undefined || b === undefined) {
      this.#cut.clear()
      this.dialAll()
      return
    }
    this.healOneWay(a, b)
    this.healOneWay(b, a)
  }

  healOneWay(from: NodeId, to: NodeId): void {
    this.#cut.get(from)?.delete(to)
    this.dialAll()
  }

  /** @internal The members of a transport have changed. */
  redial(changed: MemoryTransport): void {
    for (const other of this.#open.values()) other.mayBeAccepted(changed)
    this.dialAll()
  }

  /** @internal */
  register(transport: MemoryTransport): void {
    if (this.#open.has(transport.id))
      throw new ListenError(`'${transport.id}' is open on this network already: close it first`)
    this.#open.set(transport.id, transport)
    this.dialAll()
  }

  /** @internal In a later turn, each member dials every other one to which it has no link. */
  dialAll(): void {
    setImmediate(() => {
      for (const from of this.#open.values())
        for (const to of this.#open.values())
          if (from !== to && !this.#isCut(from.id, to.id) && !this.#isCut(to.id, from.id)) from.dial(to)
    })
  }

  /** @internal Its last messages still arrive. Then the others are told, as by a closed connection. */
  unregister(transport: MemoryTransport): void {
    const { id } = transport
    if (this.#open.get(id) !== transport) return
    this.#open.delete(id)
    this.#inFlight = this.#inFlight.filter((packet) => packet.to !== id)
    const others = [...this.#open.values()]
    setImmediate(() => {
      for (const other of others) if (!this.#isCut(id, other.id)) other.lost(transport)
    })
  }

  /** @internal */
  transmit(sender: MemoryTransport, envelopes: readonly PeerEnvelope[]): void {
    const from = sender.id
    const byPeer = new Map<NodeId, PeerMessage[]>()
    for (const { to, message } of envelopes) {
      const peer = this.#open.get(to)
      if (peer === undefined || !sender.isLinkedTo(peer) || this.#isCut(from, to)) continue
      const messages = byPeer.get(to)
      if (messages === undefined) byPeer.set(to, [message])
      else messages.push(message)
    }
    for (const [to, messages] of byPeer) {
      this.#inFlight.push({ from, to, content: this.#codec ? encode(messages) : messages })
    }
    if (this.#inFlight.length === 0 || this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#deliver())
  }

  /** Everything that one peer sent to another within a turn arrives together. */
  #deliver(): void {
    this.#scheduled = false
    const packets = this.#inFlight
    this.#inFlight = []
    const arrivals = new Map<NodeId, Map<NodeId, PeerMessage[]>>()
    for (const { from, to, content } of packets) {
      const bySender = arrivals.get(to) ?? new Map<NodeId, PeerMessage[]>()
      arrivals.set(to, bySender)
      const messages = bySender.get(from) ?? []
      bySender.set(from, messages)
      for (const message of Buffer.isBuffer(content) ? decode(content) : content) messages.push(message)
    }
    for (const [to, bySender] of arrivals) {
      for (const [from, messages] of bySender) {
        if (!this.#isCut(from, to)) this.#open.get(to)?.arrived(from, messages)
      }
    }
  }

  #isCut(from: NodeId, to: NodeId): boolean {
    return this.#cut.get(from)?.has(to) ?? false
  }
}

class MemoryTransport implements Transport {
  readonly showsIdentities = true
  readonly id: NodeId
  readonly #network: MemoryNetwork
  #state: 'new' | 'open' | 'closed' = 'new'
  #receiver: TransportReceiver | null = null
  /** The peers that were dialled, and whether each side has accepted the other. */
  readonly #dialled = new Map<MemoryTransport, 'meeting' | 'linked' | 'refused'>()
  readonly #links = new Map<NodeId, LinkHistory>()

  constructor(id: NodeId, network: MemoryNetwork) {
    this.id = id
    this.#network = network
  }

  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new')
      throw new ListenError('this transport was opened before, and each opens once: make a new one')
    this.#network.register(this)
    this.#state = 'open'
    this.#receiver = receiver
  }

  send(envelopes: readonly PeerEnvelope[]): void {
    if (this.#state === 'open') this.#network.transmit(this, envelopes)
  }

  /** Those that are no members any more are disconnected, and all others dialled, also those that refused. */
  setPeers(peers: Readonly<Record<NodeId, string>>): void {
    if (this.#state !== 'open') return
    for (const [peer, state] of [...this.#dialled]) {
      const isMember = Object.hasOwn(peers, peer.id)
      if (state === 'refused' && isMember) this.#dialled.delete(peer)
      if (state === 'linked' && !isMember) {
        this.lost(peer)
        peer.lost(this)
      }
    }
    this.#network.redial(this)
  }

  /** Each member meets every other one by itself. */
  seek(): void {}

  /** The other one may accept this member now. */
  mayBeAccepted(peer: MemoryTransport): void {
    if (this.#dialled.get(peer) === 'refused') this.#dialled.delete(peer)
  }

  /** Of the peers that were dialled. */
  links(): ReadonlyMap<NodeId, Link> {
    return new Map([...this.#links].map(([peer, { current }]) => [peer, current]))
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.#receiver = null
    this.#network.unregister(this)
  }

  isLinkedTo(peer: MemoryTransport): boolean {
    return this.#dialled.get(peer) === 'linked'
  }

  /** Shows the two identities to each other, that of this side first, as over TCP. */
  dial(peer: MemoryTransport): void {
    const own = this.#receiver?.identity
    if (own === undefined || this.#dialled.has(peer)) return
    this.#dialled.set(peer, 'meeting')
    peer.meet(own, (refusal, identity) => {
      if (this.#receiver === null) return
      if (refusal !== null) return this.#refused(peer, peer.id, refusal)
      this.meet(identity, (ownRefusal) => {
        if (ownRefusal !== null) return this.#refused(peer, this.id, ownRefusal)
        this.#dialled.set(peer, 'linked')
        this.#linkTo(peer.id).connected()
        this.#receiver?.accepted(peer.id)
      })
    })
  }

  /** Does not answer once it is closed. */
  meet(peer: MemberIdentity, answer: (refusal: Refusal | null, own: MemberIdentity) => void): void {
    const receiver = this.#receiver
    receiver?.meet(peer, 'memory', (refusal) => {
      if (this.#receiver !== null) answer(refusal, receiver.identity)
    })
  }

  #refused(peer: MemoryTransport, by: NodeId, refusal: Refusal): void {
    this.#dialled.set(peer, 'refused')
    this.#linkTo(peer.id).refused(by, refusal)
    if (by === peer.id) this.#receiver?.refused(by, refusal)
  }

  #linkTo(peer: NodeId): LinkHistory {
    const link = this.#links.get(peer) ?? new LinkHistory()
    this.#links.set(peer, link)
    return link
  }

  arrived(from: NodeId, messages: readonly PeerMessage[]): void {
    this.#receiver?.receive(from, messages)
  }

  lost(peer: MemoryTransport): void {
    const wasLinked = this.isLinkedTo(peer)
    this.#dialled.delete(peer)
    this.#linkTo(peer.id).unreachable('it is closed')
    if (wasLinked) this.#receiver?.unreachable(peer.id)
  }
}

function encode(messages: readonly PeerMessage[]): Buffer {
  const batch = new MessageBatch()
  for (const message of messages) batch.add(message)
  return batch.encode().buffer
}

const decode = (bytes: Buffer): PeerMessage[] =>
  [...new FrameDecoder().push(bytes)].flatMap((frame) => decodeMessages(frame.body))

// The connections of a member to its peers, one for each direction, as a transport has them. The member that
// dials shows its identity first, then the other one does (ports/transport.ts). A connection carries messages
// once each has accepted the other, until one of the two processes ends. Then the member dials again.
import type { NodeId } from '@oarlock/core'
import type { MemberIdentity, Refusal } from '@oarlock/runtime'
import { ANYBODY, type Destination, type Receiver } from '../hardware/index.ts'
import { Call, type Random, type World } from '../world/index.ts'
import { LocalEvent } from './arrival.ts'
import type { Arrival, Host } from './host.ts'

export interface HandshakeProfile {
  /** Without it members are taken to be who they say they are. */
  readonly shown: boolean
  /** The time until a member dials again, in ms. It grows while there is no answer. */
  readonly retryAfter: number
}

/** The longest time until a member dials again, as a multiple of the shortest, and after a refusal. */
const SLOWEST = 4
const AFTER_REFUSAL = 10
/** When a connection to a process that is gone is noticed, likewise. */
const SILENT_AFTER = 20

/** From the member that has dialled to the process that it has reached. */
interface Connection extends Destination {
  readonly process: Endpoint
  readonly life: number
  isOpen: boolean
}

/** A process that shakes hands. */
export interface Endpoint extends Host, Receiver<Arrival> {
  readonly connections: Connections
  /** This process has dialled the other one, and each has accepted the other. */
  accepted(peer: Endpoint): void
}

/** It is time to dial. */
class Attempt implements Arrival {
  readonly #peer: NodeId

  constructor(peer: NodeId) {
    this.#peer = peer
  }

  enter(node: Endpoint): void {
    node.connections.dial(this.#peer)
  }
}

/** A process has started: connections to the one that it replaces are broken. */
class Broken implements Arrival {
  readonly #by: Endpoint

  constructor(by: Endpoint) {
    this.#by = by
  }

  enter(node: Endpoint): void {
    node.connections.broken(this.#by)
  }
}

/** A process closes its connections to those that are no members any more. */
class Closed implements Arrival {
  readonly #by: Endpoint
  readonly #peers: ReadonlyMap<NodeId, unknown>

  constructor(by: Endpoint, peers: ReadonlyMap<NodeId, unknown>) {
    this.#by = by
    this.#peers = peers
  }

  enter(node: Endpoint): void {
    if (!this.#peers.has(node.id)) node.connections.broken(this.#by)
  }
}

/** The first half of a handshake: a process has dialled. */
class Hello implements Arrival {
  readonly from: Endpoint
  readonly life: number
  readonly identity: MemberIdentity

  constructor(from: Endpoint) {
    this.from = from
    this.life = from.life
    this.identity = from.replica.receiver.identity
  }

  enter(node: Endpoint): void {
    node.connections.hello(this)
  }
}

/** The second half: the other process answers. */
class Answer implements Arrival {
  readonly from: Endpoint
  readonly life: number
  readonly identity: MemberIdentity
  readonly hello: Hello
  readonly refusal: Refusal | null

  constructor(from: Endpoint, hello: Hello, refusal: Refusal | null) {
    this.from = from
    this.life = from.life
    this.identity = from.replica.receiver.identity
    this.hello = hello
    this.refusal = refusal
  }

  enter(node: Endpoint): void {
    node.connections.answered(this)
  }
}

export class Connections {
  readonly #node: Endpoint
  readonly #world: World
  readonly #random: Random
  readonly #profile: HandshakeProfile
  /** To the peers that this member may send to. */
  readonly #open: Map<NodeId, Connection> = new Map()
  /** From the peers, until this member closes them. A process that has ended may have something in flight. */
  readonly #incoming: Map<NodeId, Connection[]> = new Map()
  /** Null: all. */
  #peers: ReadonlyMap<NodeId, unknown> | null = null
  /** How often it has dialled in vain, and the timer that dials again. */
  readonly #attempts: Map<NodeId, number> = new Map()
  readonly #timers: Map<NodeId, Call> = new Map()

  constructor(node: Endpoint, world: World, random: Random, profile: HandshakeProfile) {
    this.#node = node
    this.#world = world
    this.#random = random
    this.#profile = profile
  }

  /** Where messages to this peer go; null if there is no connection. */
  to(peer: NodeId): Destination | null {
    return this.#profile.shown ? (this.#open.get(peer) ?? null) : ANYBODY
  }

  /** The process has started: it dials all its peers. Their connections to the one before it are broken. */
  start(): void {
    if (!this.#profile.shown) return
    const { id, network } = this.#node
    for (const peer of network.peersOf(this.#node)) peer.arrive(new Broken(this.#node))
    for (const peer of network.ids) if (peer !== id) this.dial(peer)
  }

  /** The process has ended. If it stays down, its peers notice after a while. */
  end(): void {
    const node = this.#node
    const { life } = node
    if (this.#profile.shown)
      this.#world.schedule(
        new Call(() => {
          if (node.up || node.life !== life) return
          for (const peer of node.network.peersOf(node)) peer.arrive(new Broken(node))
        }),
        this.#world.now + SILENT_AFTER * this.#profile.retryAfter,
      )
    this.#peers = null
    this.#open.clear()
    this.#incoming.clear()
    this.#attempts.clear()
    this.#timers.clear()
  }

  dial(peer: NodeId): void {
    if (this.#open.has(peer)) return
    const { network } = this.#node
    network.show(this.#node, network.at(peer), new Hello(this.#node))
    const attempts = this.#attempts.get(peer) ?? 0
    this.#attempts.set(peer, attempts + 1)
    this.#dialLater(peer, Math.min(2 ** attempts, SLOWEST))
  }

  #dialLater(peer: NodeId, factor: number): void {
    const timer: Call = new Call(() => {
      if (this.#timers.get(peer) === timer) this.#node.arrive(new Attempt(peer))
    })
    this.#timers.set(peer, timer)
    const delay = this.#profile.retryAfter * factor * this.#random.between(0.5, 1.5)
    this.#world.schedule(timer, this.#world.now + delay)
  }

  /** A process with this peer's name has dialled. */
  hello(hello: Hello): void {
    const { life, replica, network } = this.#node
    const { identity, from } = hello
    replica.receiver.meet(identity, remoteOf(from), (refusal) => {
      if (this.#node.life === life && this.#node.up)
        network.show(this.#node, from, new Answer(this.#node, hello, refusal))
    })
  }

  answered({ from, life, identity, hello, refusal }: Answer): void {
    const { id } = identity
    if (hello.life !== this.#node.life || this.#open.has(id)) return
    const { replica } = this.#node
    if (refusal !== null) {
      this.#dialLater(id, refusal.reason === 'unknown-member' ? 1 : AFTER_REFUSAL)
      return replica.receiver.refused(id, refusal)
    }
    replica.receiver.meet(identity, remoteOf(from), (own) => {
      if (hello.life !== this.#node.life || !this.#node.up || this.#open.has(id)) return
      if (own !== null) return this.#dialLater(id, AFTER_REFUSAL)
      // Otherwise the other process has ended meanwhile.
      if (from.up && from.life === life && from.connections.wants(this.#node.id)) {
        this.#node.accepted(from)
        const connection = { process: from, life, isOpen: true }
        this.#open.set(id, connection)
        from.connections.#accept(this.#node.id, connection)
        this.#attempts.delete(id)
        this.#timers.delete(id)
      }
      replica.receiver.accepted(id)
    })
  }

  #accept(peer: NodeId, connection: Connection): void {
    this.#incoming.set(peer, [...(this.#incoming.get(peer) ?? []), connection])
  }

  /** Whether it has not closed its connections to this peer since the members last changed. */
  wants(peer: NodeId): boolean {
    return this.#peers === null || this.#peers.has(peer)
  }

  /** The members have changed. Dials those that are new, and disconnects those that are none any more. */
  peersChanged(peers: ReadonlyMap<NodeId, unknown>): void {
    if (!this.#profile.shown) return
    this.#peers = peers
    const { network } = this.#node
    for (const peer of network.ids) {
      const isMember = peers.has(peer)
      if (peer === this.#node.id || this.#open.has(peer) === isMember) continue
      this.#open.delete(peer)
      this.#dialLater(peer, isMember ? 1 : AFTER_REFUSAL)
    }
    for (const [peer, connections] of this.#incoming) {
      if (peers.has(peer)) continue
      for (const connection of connections) connection.isOpen = false
      this.#incoming.delete(peer)
    }
    for (const peer of network.peersOf(this.#node)) peer.arrive(new Closed(this.#node, peers))
  }

  /** A second process with a peer's name takes its connections if it listens at its address. */
  broken(by: Endpoint): void {
    const { id, network } = this.#node
    const peer = by.id
    if (peer === id) return
    if (network.at(peer) !== by && this.#open.get(peer)?.process !== by) return
    const wasOpen = this.#open.delete(peer)
    this.#attempts.delete(peer)
    this.#dialLater(peer, 1)
    if (!wasOpen) return
    if (this.#random.chance(0.5)) this.#node.arrive(new LocalEvent({ type: 'peerUnreachable', id: peer }))
    this.#node.replica.removal.lost(peer)
  }
}

/** Where a process runs, for messages. */
const remoteOf = ({ place }: Endpoint): string => `machine ${place + 1}`

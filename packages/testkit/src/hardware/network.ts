// The network between nodes. It delays, reorders, duplicates and drops messages on each directed link.
import type { Envelope, NodeId } from '@oarlock/core'
import { lanes } from '@oarlock/runtime'
import { type Random, Task, type World } from '../world/index.ts'
import { LinkQueues } from './link-queues.ts'

export interface NetworkProfile {
  /** The least time that a message takes, in ms. Each directed link draws its own value around it. */
  readonly latency: number
  /** The mean additional time, in ms. */
  readonly jitter: number
  readonly dropRate: number
  readonly duplicateRate: number
  /**
   * The share of appends that arrive without their last entries, as if sent in parts of which the later ones
   * were lost.
   */
  readonly splitRate: number
  /** The share of messages that take up to `stragglerDelay` ms. */
  readonly stragglerRate: number
  readonly stragglerDelay: number
  /**
   * Each lane of a link keeps the order of messages, as TCP does. Stragglers then delay the messages behind
   * them.
   */
  readonly ordered: boolean
  /** What slow links carry in each lane, in bytes a ms. Infinity: there are none. */
  readonly rate: number
  /** The share of slow links. */
  readonly slowShare: number
  /** A cut link also loses the messages in flight. */
  readonly losesInFlight: boolean
  /** The additional time of a snapshot's bytes, in ms. */
  readonly transferTime: number
  /** The share of a snapshot's chunks that are lost. */
  readonly transferLossRate: number
}

/** The append with only some of its first entries, or none. Any leader may send that (paper §5.3). */
function beginning(envelope: Envelope, random: Random): Envelope {
  const { message } = envelope
  if (message.type !== 'append' || message.entries.length === 0) return envelope
  const entries = message.entries.slice(0, random.int(message.entries.length))
  return { ...envelope, message: { ...message, entries } }
}

/** The receiving end of a link. A `Piece` carries a part of a snapshot. */
export interface Receiver<Piece> {
  /** Its place in the cluster, from 0. Processes that use the name of another one have places after all. */
  readonly place: number
  /** False if no process listens. */
  readonly up: boolean
  /** The number of this process: it changes with each start. */
  readonly life: number
  deliver(delivery: Delivery): void
  arrive(piece: Piece): void
}

/** A piece of a snapshot in flight, on its own connection. */
class PieceDelivery<Piece> extends Task {
  readonly #network: Network<Piece>
  readonly #link: number
  readonly #receiver: Receiver<Piece>
  readonly #piece: Piece
  readonly #destination: Destination

  constructor(
    network: Network<Piece>,
    link: number,
    receiver: Receiver<Piece>,
    piece: Piece,
    destination: Destination,
  ) {
    super()
    this.#network = network
    this.#link = link
    this.#receiver = receiver
    this.#piece = piece
    this.#destination = destination
  }

  override run(): void {
    if (this.#network.loses(this.#link) || !listens(this.#receiver, this.#destination)) return
    this.#receiver.arrive(this.#piece)
  }
}

/** The receiving end of a connection. */
export interface Destination {
  /** Of the process; null: any one at this address. */
  readonly life: number | null
  /** False once the receiver has closed it: what is in flight is lost. */
  readonly isOpen: boolean
}

export const ANYBODY: Destination = { life: null, isOpen: true }

/** Whether the process at the other end still runs, and has not closed the connection. */
const listens = ({ up, life }: Receiver<never>, { life: connected, isOpen }: Destination): boolean =>
  up && isOpen && (connected === null || connected === life)

export class Delivery extends Task {
  readonly envelope: Envelope
  readonly #network: Network<never>
  readonly #link: number
  readonly #receiver: Receiver<never>
  readonly #destination: Destination

  constructor(
    network: Network<never>,
    link: number,
    receiver: Receiver<never>,
    envelope: Envelope,
    destination: Destination,
  ) {
    super()
    this.#network = network
    this.#link = link
    this.#receiver = receiver
    this.#destination = destination
    this.envelope = envelope
  }

  override run(): void {
    if (this.#network.losesInFlight(this.#link) || !this.arrive()) this.#network.onLost(this.envelope)
  }

  /** Returns false if no process listens. */
  arrive(): boolean {
    if (!listens(this.#receiver, this.#destination)) return false
    this.#receiver.deliver(this)
    return true
  }

  enter(node: { receive(envelope: Envelope): void }): void {
    node.receive(this.envelope)
  }
}

/** A link that nothing cuts or slows down. */
const OPEN_LINK = -1

export class Network<Piece> {
  /** False once faults have stopped: no message is dropped, duplicated or delayed any longer. */
  faulty = true
  /** This message was copied; its proposals may then be appended twice. */
  onDuplicate: (envelope: Envelope) => void = () => {}
  /** This message is lost. For recordings; the run does not depend on it. */
  onLost: (envelope: Envelope) => void = () => {}

  readonly #world: World
  readonly #random: Random
  readonly #profile: NetworkProfile
  readonly #receivers: readonly Receiver<Piece>[]
  readonly #place: ReadonlyMap<NodeId, number>
  readonly #size: number
  readonly #latency: Float64Array
  /** The number of faults that cut each directed link now. */
  readonly #cuts: Uint8Array
  readonly #slowness: Float64Array
  readonly #lastArrival: Float64Array
  readonly #queues: LinkQueues
  /** Processes that listen at the address of another member. */
  readonly #usurped: Map<NodeId, Receiver<Piece>> = new Map()

  constructor(
    world: World,
    random: Random,
    profile: NetworkProfile,
    ids: readonly NodeId[],
    receivers: readonly Receiver<Piece>[],
  ) {
    this.#world = world
    this.#random = random
    this.#profile = profile
    this.#receivers = receivers
    this.#size = ids.length
    this.#place = new Map(ids.map((id, at) => [id, at]))
    const links = ids.length * ids.length
    this.#latency = Float64Array.from({ length: links }, () => profile.latency * random.between(0.6, 1.6))
    this.#cuts = new Uint8Array(links)
    this.#slowness = new Float64Array(links).fill(1)
    this.#lastArrival = new Float64Array(links * lanes.length)
    const dice = random.split('rates')
    const isSlow = (): boolean => dice.chance(profile.slowShare)
    this.#queues = new LinkQueues(
      Float64Array.from({ length: links }, () => (isSlow() ? profile.rate : Number.POSITIVE_INFINITY)),
    )
  }

  #linkOf({ from, to }: Envelope): readonly [to: number, link: number] {
    return this.#linkBetween(from, to)
  }

  #linkBetween(sender: NodeId, receiver: NodeId): readonly [to: number, link: number] {
    const to = this.#place.get(receiver)
    const from = this.#place.get(sender)
    if (to === undefined || from === undefined) throw new Error(`no link from ${sender} to ${receiver}`)
    return [to, from * this.#size + to]
  }

  get ids(): readonly NodeId[] {
    return [...this.#place.keys()]
  }

  /** The process that listens at the address of this member. */
  at(id: NodeId): Receiver<Piece> {
    return this.#usurped.get(id) ?? this.#receivers[this.#place.get(id)!]!
  }

  /** From now on this process listens at the address of a member; null: the member itself. */
  redirect(id: NodeId, to: Receiver<Piece> | null): void {
    if (to === null) this.#usurped.delete(id)
    else this.#usurped.set(id, to)
  }

  /** The other members of this cluster, or all for a process that uses the name of one. */
  peersOf({ place }: Receiver<Piece>): readonly Receiver<Piece>[] {
    return this.#receivers.filter((receiver) => receiver.place !== place)
  }

  /** Sends a part of a handshake, which may be lost. */
  show(from: Receiver<Piece>, to: Receiver<Piece>, piece: Piece): void {
    const isMember = from.place < this.#size && to.place < this.#size
    // A process that uses the name of another one runs on a machine whose links are never cut.
    const link = isMember ? from.place * this.#size + to.place : OPEN_LINK
    const { latency, jitter, dropRate } = this.#profile
    if (this.loses(link) || (this.faulty && this.#random.chance(dropRate))) return
    const delay = isMember ? this.#delay(link) : latency + this.#random.exponential(jitter)
    this.#world.schedule(new PieceDelivery(this, link, to, piece, ANYBODY), this.#world.now + delay)
  }

  /**
   * Sends a piece of a snapshot transfer, which may be lost. `share` is its part of the whole snapshot's
   * time.
   */
  carry(from: NodeId, to: NodeId, piece: Piece, share: number, destination: Destination = ANYBODY): void {
    const [place, link] = this.#linkBetween(from, to)
    const { transferTime, transferLossRate } = this.#profile
    if (this.loses(link) || (this.faulty && this.#random.chance(transferLossRate))) return
    const takes = this.#delay(link) + transferTime * share * this.#random.between(0.3, 1.7)
    this.#world.schedule(
      new PieceDelivery(this, link, this.#receivers[place]!, piece, destination),
      this.#world.now + takes,
    )
  }

  /** Delivers some snapshots a second time. */
  repeat(envelope: Envelope, destination: Destination = ANYBODY): void {
    const [to, link] = this.#linkOf(envelope)
    const { transferTime, duplicateRate } = this.#profile
    if (!this.faulty || !this.#random.chance(duplicateRate)) return
    const takes = this.#delay(link) + transferTime * this.#random.between(0.3, 1.7)
    this.#world.schedule(
      new Delivery(this, link, this.#receivers[to]!, envelope, destination),
      this.#world.now + 2 * takes,
    )
  }

  /**
   * Sends a message after `delay` ms, while the sender still works.
   */
  send(envelope: Envelope, delay = 0, destination: Destination = ANYBODY): void {
    const [to, link] = this.#linkOf(envelope)
    if (this.#cuts[link]! > 0) return this.onLost(envelope)
    if (!this.faulty) {
      this.#dispatch(
        envelope,
        to,
        link,
        delay + this.#latency[link]! + this.#random.exponential(this.#profile.jitter),
        destination,
      )
      return
    }
    const { dropRate, duplicateRate, splitRate } = this.#profile
    if (dropRate > 0 && this.#random.chance(dropRate)) return this.onLost(envelope)
    const arriving =
      splitRate > 0 && this.#random.chance(splitRate) ? beginning(envelope, this.#random) : envelope
    this.#dispatch(arriving, to, link, delay + this.#delay(link), destination)
    if (duplicateRate > 0 && this.#random.chance(duplicateRate)) {
      this.onDuplicate(envelope)
      this.#dispatch(envelope, to, link, delay + this.#delay(link), destination)
    }
  }

  /** Cuts one direction of a link, until {@link mend} is called as often. */
  cut(from: number, to: number): void {
    const link = from * this.#size + to
    this.#cuts[link] = this.#cuts[link]! + 1
  }

  mend(from: number, to: number): void {
    const link = from * this.#size + to
    if (this.#cuts[link]! > 0) this.#cuts[link] = this.#cuts[link]! - 1
  }

  /** Whether messages that arrive on this link now are lost. */
  losesInFlight(link: number): boolean {
    return this.#profile.losesInFlight && this.#cuts[link]! > 0
  }

  /** Whether this link is cut now. */
  loses(link: number): boolean {
    return this.#cuts[link]! > 0
  }

  /** Multiplies the latency of a directed link. */
  slow(from: number, to: number, factor: number): void {
    this.#slowness[from * this.#size + to] = factor
  }

  /** Stops all faults. Messages in flight arrive as planned. */
  heal(): void {
    this.faulty = false
    this.#cuts.fill(0)
    this.#slowness.fill(1)
  }

  /** From now on no lane of a link carries more than this, in bytes a ms. */
  limit(rate: number): void {
    this.#queues.limit(rate)
  }

  /** The time until slow links have sent all that waits, in ms. */
  get backlog(): number {
    return this.#queues.backlog(this.#world.now)
  }

  #delay(link: number): number {
    const { jitter, stragglerRate, stragglerDelay } = this.#profile
    if (this.faulty && stragglerRate > 0 && this.#random.chance(stragglerRate))
      return this.#random.next() * stragglerDelay
    return this.#latency[link]! * this.#slowness[link]! + this.#random.exponential(jitter)
  }

  #dispatch(envelope: Envelope, to: number, link: number, delay: number, destination: Destination): void {
    const { now } = this.#world
    let at = now + delay + this.#queues.add(link, envelope.message, now)
    if (this.#profile.ordered) {
      const queue = this.#queues.queueOf(link, envelope.message)
      if (at < this.#lastArrival[queue]!) at = this.#lastArrival[queue]!
      this.#lastArrival[queue] = at
    }
    this.#world.schedule(new Delivery(this, link, this.#receivers[to]!, envelope, destination), at)
  }
}

// The network between nodes. It delays, reorders, duplicates and drops messages, on each directed link.
import type { Envelope, NodeId } from '@oarlock/core'
import { type Random, Task, type World } from '../world/index.ts'

export interface NetworkProfile {
  /** The least time of a message, in ms. Each directed link has its own value around it. */
  readonly latency: number
  /** The mean of the additional time, in ms. */
  readonly jitter: number
  readonly dropRate: number
  readonly duplicateRate: number
  /**
   * The share of appends that arrive shortened, as if the leader had sent them in pieces and the rest was
   * lost.
   */
  readonly splitRate: number
  /** The share of messages that take up to `stragglerDelay` ms. */
  readonly stragglerRate: number
  readonly stragglerDelay: number
  /** Links keep the order of messages, as TCP does. Stragglers hold up the messages behind them. */
  readonly ordered: boolean
  /** A cut link also loses messages that are on their way. */
  readonly losesInFlight: boolean
  /** The additional time of a snapshot's bytes, in ms. */
  readonly transferTime: number
  /** The share of a snapshot's pieces that are lost. */
  readonly transferLossRate: number
}

/** An append with fewer of its entries, or none, as any leader may send it (paper §5.3). */
function beginning(envelope: Envelope, random: Random): Envelope {
  const { message } = envelope
  if (message.type !== 'append' || message.entries.length === 0) return envelope
  const entries = message.entries.slice(0, random.int(message.entries.length))
  return { ...envelope, message: { ...message, entries } }
}

/** The receiving end of the links. */
/** `Piece`: what carries a part of a snapshot. */
export interface Receiver<Piece> {
  /** False while the node does not listen. */
  readonly up: boolean
  deliver(delivery: Delivery): void
  arrive(piece: Piece): void
}

/** A piece of a snapshot on its way, over a connection of its own. */
class Carriage<Piece> extends Task {
  readonly #network: Network<Piece>
  readonly #link: number
  readonly #receiver: Receiver<Piece>
  readonly #piece: Piece

  constructor(network: Network<Piece>, link: number, receiver: Receiver<Piece>, piece: Piece) {
    super()
    this.#network = network
    this.#link = link
    this.#receiver = receiver
    this.#piece = piece
  }

  override run(): void {
    if (!this.#network.loses(this.#link)) this.#receiver.arrive(this.#piece)
  }
}

export class Delivery extends Task {
  readonly envelope: Envelope
  readonly #network: Network<never>
  readonly #link: number
  readonly #receiver: Receiver<never>

  constructor(network: Network<never>, link: number, receiver: Receiver<never>, envelope: Envelope) {
    super()
    this.#network = network
    this.#link = link
    this.#receiver = receiver
    this.envelope = envelope
  }

  override run(): void {
    if (this.#network.losesInFlight(this.#link) || !this.arrive()) this.#network.onLost(this.envelope)
  }

  /** False while the node does not listen. */
  arrive(): boolean {
    if (!this.#receiver.up) return false
    this.#receiver.deliver(this)
    return true
  }

  enter(node: { receive(envelope: Envelope): void }): void {
    node.receive(this.envelope)
  }
}

export class Network<Piece> {
  /** False after the faults: then no message is dropped, duplicated or held up. */
  faulty = true
  /** Called when a message was copied, since a copied proposal may be appended twice. */
  onDuplicate: (envelope: Envelope) => void = () => {}
  /** Called when a message is lost, for recordings. */
  onLost: (envelope: Envelope) => void = () => {}

  readonly #world: World
  readonly #random: Random
  readonly #profile: NetworkProfile
  readonly #receivers: readonly Receiver<Piece>[]
  readonly #place: ReadonlyMap<NodeId, number>
  readonly #size: number
  readonly #latency: Float64Array
  /** The number of faults that cut a directed link now. */
  readonly #cuts: Uint8Array
  readonly #slowness: Float64Array
  readonly #lastArrival: Float64Array

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
    this.#lastArrival = new Float64Array(links)
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

  /**
   * Carries a piece of a snapshot, or what is said of one, which may be lost; `share`: of what the whole
   * takes.
   */
  carry(from: NodeId, to: NodeId, piece: Piece, share: number): void {
    const [place, link] = this.#linkBetween(from, to)
    const { transferTime, transferLossRate } = this.#profile
    if (this.loses(link) || (this.faulty && this.#random.chance(transferLossRate))) return
    const takes = this.#delay(link) + transferTime * share * this.#random.between(0.3, 1.7)
    this.#world.schedule(new Carriage(this, link, this.#receivers[place]!, piece), this.#world.now + takes)
  }

  /** Some snapshots arrive twice, as if they had been requested twice. */
  repeat(envelope: Envelope): void {
    const [to, link] = this.#linkOf(envelope)
    const { transferTime, duplicateRate } = this.#profile
    if (!this.faulty || !this.#random.chance(duplicateRate)) return
    const takes = this.#delay(link) + transferTime * this.#random.between(0.3, 1.7)
    this.#world.schedule(
      new Delivery(this, link, this.#receivers[to]!, envelope),
      this.#world.now + 2 * takes,
    )
  }

  /** `delay`: the time until the message leaves the sender, in ms. */
  send(envelope: Envelope, delay = 0): void {
    const [to, link] = this.#linkOf(envelope)
    if (this.#cuts[link]! > 0) return this.onLost(envelope)
    if (!this.faulty) {
      this.#dispatch(
        envelope,
        to,
        link,
        delay + this.#latency[link]! + this.#random.exponential(this.#profile.jitter),
      )
      return
    }
    const { dropRate, duplicateRate, splitRate } = this.#profile
    if (dropRate > 0 && this.#random.chance(dropRate)) return this.onLost(envelope)
    const arriving =
      splitRate > 0 && this.#random.chance(splitRate) ? beginning(envelope, this.#random) : envelope
    this.#dispatch(arriving, to, link, delay + this.#delay(link))
    if (duplicateRate > 0 && this.#random.chance(duplicateRate)) {
      this.onDuplicate(envelope)
      this.#dispatch(envelope, to, link, delay + this.#delay(link))
    }
  }

  /** Cuts one direction of a link, until {@link mend} is called equally often. */
  cut(from: number, to: number): void {
    const link = from * this.#size + to
    this.#cuts[link] = this.#cuts[link]! + 1
  }

  mend(from: number, to: number): void {
    const link = from * this.#size + to
    if (this.#cuts[link]! > 0) this.#cuts[link] = this.#cuts[link]! - 1
  }

  /** Whether a message that arrives on this link now is lost. */
  losesInFlight(link: number): boolean {
    return this.#profile.losesInFlight && this.#cuts[link]! > 0
  }

  /** Whether no message gets through now. */
  loses(link: number): boolean {
    return this.#cuts[link]! > 0
  }

  /** Multiplies the latency of a directed link. */
  slow(from: number, to: number, factor: number): void {
    this.#slowness[from * this.#size + to] = factor
  }

  /** Ends all faults. Messages on their way arrive as planned. */
  heal(): void {
    this.faulty = false
    this.#cuts.fill(0)
    this.#slowness.fill(1)
  }

  #delay(link: number): number {
    const { jitter, stragglerRate, stragglerDelay } = this.#profile
    if (this.faulty && stragglerRate > 0 && this.#random.chance(stragglerRate))
      return this.#random.next() * stragglerDelay
    return this.#latency[link]! * this.#slowness[link]! + this.#random.exponential(jitter)
  }

  #dispatch(envelope: Envelope, to: number, link: number, delay: number): void {
    let at = this.#world.now + delay
    if (this.#profile.ordered) {
      if (at < this.#lastArrival[link]!) at = this.#lastArrival[link]!
      this.#lastArrival[link] = at
    }
    this.#world.schedule(new Delivery(this, link, this.#receivers[to]!, envelope), at)
  }
}

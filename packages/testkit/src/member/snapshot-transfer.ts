// A node's snapshots in transfer, out and in: the core's chunked transfer (paper §7, figure 13) over the
// simulated network, with bytes that stand for the state (snapshot-bytes.ts).
import {
  type Envelope,
  type InstallSnapshot,
  index,
  type NodeId,
  type SnapshotChunk,
  type SnapshotOffer,
  type SnapshotProgress,
  SnapshotReceiver,
  SnapshotSender,
  type SnapshotTransferMessage,
  type ToSend,
} from '@oarlock/core'
import { Call, type Random, Violation, type World } from '../world/index.ts'
import { LocalEvent } from './arrival.ts'
import type { Arrival, Host } from './host.ts'
import { bytesOf, firstWrongByte, sizeOf } from './snapshot-bytes.ts'

/** The bytes of a chunk, and of the window. */
const CHUNK = 250
const WINDOW = 500
/** In election timeouts. On the slowest links a chunk takes longer, but is still accepted. */
const RETRY_AFTER = 1.5
const GIVE_UP_AFTER = 6

/** A piece of a transfer has reached the node. */
class TransferPiece implements Arrival {
  readonly #from: NodeId
  readonly #message: SnapshotTransferMessage
  /** With an offer: the message for the core when all bytes are there. */
  readonly #install: InstallSnapshot | null

  constructor(from: NodeId, message: SnapshotTransferMessage, install: InstallSnapshot | null) {
    this.#from = from
    this.#message = message
    this.#install = install
  }

  enter(node: Host & { readonly transfer: SnapshotTransfer }): void {
    node.transfer.received(this.#from, this.#message, this.#install)
  }
}

interface Outgoing {
  readonly envelope: Envelope & { readonly message: InstallSnapshot }
  readonly sender: SnapshotSender
}

export class SnapshotTransfer {
  readonly #node: Host
  readonly #world: World
  readonly #random: Random
  readonly #electionTimeout: number
  readonly #outgoing: Map<NodeId, Outgoing> = new Map()
  /** The last timer of each transfer. */
  readonly #timers: Map<NodeId, Call> = new Map()
  #receiver: SnapshotReceiver = new SnapshotReceiver()
  /** The bytes of the last offered snapshot so far. */
  #bytes: Uint8Array = new Uint8Array(0)
  /** The sender of the last offer. */
  #offeredBy: NodeId = ''
  #install: InstallSnapshot | null = null
  /** How many transfers resumed a broken one. */
  resumed = 0

  constructor(node: Host, world: World, random: Random, electionTimeout: number) {
    this.#node = node
    this.#world = world
    this.#random = random
    this.#electionTimeout = electionTimeout
  }

  /** The members to which a snapshot is being sent. */
  get destinations(): readonly NodeId[] {
    return [...this.#outgoing.keys()]
  }

  /** A crash loses those received bytes that were not on disk yet. */
  crash(): void {
    this.#outgoing.clear()
    const { partial } = this.#receiver
    const received = partial === null ? 0 : Math.floor(partial.received * this.#random.next())
    this.#bytes.fill(0, received)
    this.#receiver = new SnapshotReceiver(partial === null ? null : { ...partial, received })
  }

  /** Sends a snapshot and tells the core how that ended. A later snapshot replaces it. */
  send(envelope: Envelope & { readonly message: InstallSnapshot }): void {
    const { term, snapshot } = envelope.message
    const sender = new SnapshotSender({
      term,
      snapshot,
      size: sizeOf(snapshot),
      chunkBytes: CHUNK,
      windowBytes: WINDOW,
      retryAfter: RETRY_AFTER * this.#electionTimeout,
      giveUpAfter: GIVE_UP_AFTER * this.#electionTimeout,
      now: this.#now,
    })
    this.#outgoing.set(envelope.to, { envelope, sender })
    this.#proceed(envelope.to)
  }

  get #now(): number {
    return this.#node.clock.at(this.#world.now)
  }

  #proceed(to: NodeId): void {
    const outgoing = this.#outgoing.get(to)
    if (outgoing === undefined) return
    const { envelope, sender } = outgoing
    for (const item of sender.take(this.#now)) this.#post(to, messageOf(envelope, item), envelope.message)
    if (sender.state === 'done' || sender.state === 'failed') {
      this.#outgoing.delete(to)
      const failed = sender.state === 'failed'
      return this.#node.arrive(new LocalEvent({ type: 'snapshotReported', to, failed }))
    }
    this.#wait(to, sender)
  }

  /** Waits until it is time to ask where to resume. The clock may change its rate meanwhile. */
  #wait(to: NodeId, sender: SnapshotSender): void {
    const { life, clock } = this.#node
    const due = Math.max(clock.whenShowing(sender.nextDeadline()), this.#world.now) + 0.001
    const elapsed = new Call(() => {
      if (this.#node.life !== life || this.#outgoing.get(to)?.sender !== sender) return
      if (this.#now >= sender.nextDeadline()) this.#proceed(to)
      else if (this.#timers.get(to) === elapsed) this.#wait(to, sender)
    })
    this.#timers.set(to, elapsed)
    this.#world.schedule(elapsed, due)
  }

  #post(to: NodeId, message: SnapshotTransferMessage, install: InstallSnapshot | null = null): void {
    const { id, network, connections } = this.#node
    const process = connections.to(to)
    if (process === null) return
    const share = message.type === 'snapshotChunk' ? message.bytes.length / sizeOf(message.snapshot) : 0
    network.carry(id, to, new TransferPiece(id, message, install), share, process)
  }

  received(from: NodeId, message: SnapshotTransferMessage, install: InstallSnapshot | null): void {
    if (message.type === 'snapshotOffer') {
      this.#install = install
      this.#offeredBy = from
    }
    if (message.type === 'snapshotProgress') {
      this.#outgoing.get(from)?.sender.progress(message, this.#now)
      return this.#proceed(from)
    }
    const answer = message.type === 'snapshotOffer' ? this.#offered(message) : this.#chunk(message)
    if (answer !== null) this.#post(from, answer)
    if (this.#receiver.complete) this.#arrived()
  }

  #offered(offer: SnapshotOffer): SnapshotProgress | null {
    const answer = this.#receiver.offered(offer, this.#node.raft.commit)
    if (answer === null) return null
    if (answer.received > 0 && answer.received < offer.size) this.resumed++
    if (answer.received === 0) this.#bytes = new Uint8Array(offer.size)
    return answer
  }

  #chunk(chunk: SnapshotChunk): SnapshotProgress | null {
    const { write, at, answer } = this.#receiver.received(chunk)
    if (write !== null) this.#bytes.set(write, at)
    return answer
  }

  /** The snapshot is complete: hands it to the core. */
  #arrived(): void {
    const { id, network } = this.#node
    const { snapshot } = this.#receiver.partial!.offer
    const wrong = firstWrongByte(snapshot, this.#bytes)
    if (wrong !== null)
      throw new Violation(
        'BYTES',
        `${id} treats the snapshot of ${snapshot.index} as complete, but its byte ${wrong} differs from the byte sent`,
      )
    this.#receiver.discard()
    const envelope: Envelope = { from: this.#offeredBy, to: id, message: this.#install! }
    network.repeat(envelope, this.#node.life)
    this.#node.receive(envelope)
  }
}

function messageOf(
  { message: { term, snapshot } }: Outgoing['envelope'],
  item: ToSend,
): SnapshotTransferMessage {
  const digest = `${snapshot.index}@${snapshot.term}`
  if (item.type === 'snapshotOffer')
    return { type: 'snapshotOffer', term, snapshot, size: sizeOf(snapshot), digest, attempt: item.attempt }
  const { offset, length } = item
  const place = { index: index(snapshot.index), term: snapshot.term }
  return {
    type: 'snapshotChunk',
    snapshot: place,
    digest,
    offset,
    bytes: bytesOf(place, offset, length),
  }
}

// Raft's messages of one cluster over the bus. What cannot be sent at once is lost, as Raft expects.
import type { Envelope, Message, Millis, NodeId } from '@oarlock/core'
import { DecodeError, ListenError, type Transport, type TransportReceiver } from 'oarlock'
import { ByteWriter, decodeMessages, messageSize, type RareLog, writeMessage } from 'oarlock/wire'
import { linger, type RedisConnection, within } from '../connection/index.ts'
import { BusKind } from './frame.ts'

/** A payload takes no further message that would make it longer than this; a longer message gets its own. In bytes. */
const payloadTarget = 512 * 1024
/** A message longer than this is not sent: Redis drops a subscriber that has 32 MiB to take. In bytes. */
const maxMessageSize = 16 * 1024 * 1024
/** When Redis was away, others may need this much longer than this instance to be back. */
const settling: Millis = 1000

/** As much of the bus as a transport needs. */
export interface Publisher {
  readonly id: NodeId
  readonly isClosed: boolean
  readonly connection: Pick<RedisConnection, 'isUp' | 'onChange'>
  channelOf(id: NodeId): string
  publish(channel: string, kind: number, cluster: string, body: Uint8Array): Promise<number>
}

export interface BusTransportInit {
  readonly bus: Publisher
  readonly cluster: string
  /** Those that are open. */
  readonly transports: Set<BusTransport>
  readonly log: RareLog
}

export class BusTransport implements Transport {
  readonly cluster: string
  readonly #bus: Publisher
  readonly #transports: Set<BusTransport>
  readonly #log: RareLog
  /** Of whom it was said that they are unreachable, and nothing heard since. */
  readonly #gone = new Set<NodeId>()
  readonly #underWay = new Set<Promise<void>>()
  #state: 'new' | 'open' | 'closed' = 'new'
  #receiver: TransportReceiver | null = null
  #stopWatching: () => void = () => {}
  #wasAwayUntil: Millis = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | null = null

  constructor({ bus, cluster, transports, log }: BusTransportInit) {
    this.#bus = bus
    this.cluster = cluster
    this.#transports = transports
    this.#log = log
  }

  async open(receiver: TransportReceiver): Promise<void> {
    if (this.#state !== 'new') throw new ListenError('a transport opens once: make a new one')
    if (this.#bus.isClosed) throw new ListenError('the bus is closed')
    this.#state = 'open'
    this.#receiver = receiver
    this.#transports.add(this)
    this.#stopWatching = this.#bus.connection.onChange((isUp) => {
      if (isUp) this.#wasAwayUntil = performance.now()
    })
  }

  send(envelopes: readonly Envelope[]): void {
    if (this.#state !== 'open' || !this.#bus.connection.isUp) return
    const byPeer = new Map<NodeId, Message[]>()
    for (const { to, message } of envelopes) {
      if (to === this.#bus.id) continue
      const messages = byPeer.get(to)
      if (messages === undefined) byPeer.set(to, [message])
      else messages.push(message)
    }
    for (const [peer, messages] of byPeer)
      for (const body of this.#bodies(peer, messages)) this.#publish(peer, body)
  }

  /** From the bus: what a peer has sent. */
  received(from: NodeId, body: Uint8Array): void {
    let messages: readonly Message[]
    try {
      messages = decodeMessages(body)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const fields = { peer: from, problem: error.message }
      this.#log.warn(`messages ${from}`, fields, `'${from}' does not speak like a member: ${error.message}`)
      return
    }
    this.#gone.delete(from)
    if (messages.length > 0) this.#receiver?.receive(from, messages)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#state = 'closed'
    this.#receiver = null
    this.#transports.delete(this)
    this.#stopWatching()
    await within(linger, Promise.all(this.#underWay))
  }

  #publish(peer: NodeId, body: Uint8Array): void {
    const bus = this.#bus
    const underWay = bus.publish(bus.channelOf(peer), BusKind.messages, this.cluster, body).then(
      (receivers) => {
        if (receivers === 0) this.#nobodyThere(peer)
        else this.#gone.delete(peer)
      },
      () => {},
    )
    this.#underWay.add(underWay)
    underWay.finally(() => this.#underWay.delete(underWay))
  }

  #nobodyThere(peer: NodeId): void {
    if (!this.#bus.connection.isUp || performance.now() < this.#wasAwayUntil + settling) return
    if (this.#gone.has(peer)) return
    this.#gone.add(peer)
    this.#receiver?.unreachable(peer)
  }

  /** As many messages together as may be. */
  *#bodies(peer: NodeId, messages: readonly Message[]): Generator<Uint8Array> {
    let part: Message[] = []
    let size = 0
    for (const message of messages) {
      const bytes = messageSize(message)
      if (bytes > maxMessageSize) {
        const fields = { peer, message: message.type, bytes, maxMessageSize }
        this.#log.warn(`too-long ${peer}`, fields, `dropped a message to '${peer}': longer than it may be`)
        continue
      }
      if (part.length > 0 && size + bytes > payloadTarget) {
        yield encode(part, size)
        part = []
        size = 0
      }
      part.push(message)
      size += bytes
    }
    if (part.length > 0) yield encode(part, size)
  }
}

function encode(messages: readonly Message[], size: number): Uint8Array {
  const to = new ByteWriter(size)
  for (const message of messages) writeMessage(to, message)
  return to.buffer
}

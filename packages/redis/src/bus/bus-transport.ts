// Raft's messages of one cluster over the bus. Raft tolerates the loss of those that cannot be sent at once.
import type { Millis, NodeId } from '@oarlock/core'
import {
  DecodeError,
  type Lane,
  laneOf,
  type MessageReceiver,
  type PeerEnvelope,
  type PeerMessage,
  type Transport,
} from '@oarlock/runtime'
import { ListenError } from 'oarlock'
import { ByteWriter, decodeMessages, messageSize, type RateLimitedLog, writeMessage } from 'oarlock/wire'
import { closeTimeout, fulfilledWithin, type RedisConnection } from '../connection/index.ts'
import { BusKind } from './frame.ts'
import type { PeerLinks } from './peer-links.ts'

/** The size up to which messages share a payload, in bytes. A longer message gets a payload of its own. */
const payloadTarget = 512 * 1024
/** The longest message, in bytes. Redis disconnects a subscriber with 32 MiB of pending output. */
const maxMessageSize = 16 * 1024 * 1024
/** After Redis was away, other instances may reconnect this much later than this one. */
const reconnectGrace: Millis = 1000

/** The part of the bus that a transport uses. */
export interface Publisher {
  readonly id: NodeId
  readonly isClosed: boolean
  readonly lanes: readonly Lane[]
  readonly connection: Pick<RedisConnection, 'isUp' | 'onChange'>
  channelOf(id: NodeId, lane: Lane): string
  publish(channel: string, kind: number, cluster: string, body: Uint8Array, lane: Lane): Promise<number>
}

export interface BusTransportInit {
  readonly bus: Publisher
  readonly cluster: string
  /** Null: the peers are taken to be who they say they are. */
  readonly peers: PeerLinks | null
  /** The open transports of this bus. */
  readonly transports: Set<BusTransport>
  readonly log: RateLimitedLog
}

export class BusTransport implements Transport<MessageReceiver> {
  readonly cluster: string
  readonly peers: PeerLinks | null
  readonly #bus: Publisher
  readonly #transports: Set<BusTransport>
  readonly #log: RateLimitedLog
  /** The lanes whose channel had no subscriber. A peer is unreachable without one of them, as over TCP. */
  readonly #unreachable = new Map<NodeId, Set<Lane>>()
  readonly #publishing = new Set<Promise<void>>()
  #state: 'new' | 'open' | 'closed' = 'new'
  #receiver: MessageReceiver | null = null
  #stopWatching: () => void = () => {}
  #reconnectedAt: Millis = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | null = null

  constructor({ bus, cluster, peers, transports, log }: BusTransportInit) {
    this.#bus = bus
    this.peers = peers
    this.cluster = cluster
    this.#transports = transports
    this.#log = log
  }

  async open(receiver: MessageReceiver): Promise<void> {
    if (this.#state !== 'new') throw new ListenError('this transport was opened before: create a new one')
    if (this.#bus.isClosed) throw new ListenError('the bus is closed: create a new one')
    this.#state = 'open'
    this.#receiver = receiver
    this.#transports.add(this)
    this.#stopWatching = this.#bus.connection.onChange((isUp) => {
      if (isUp) this.#reconnectedAt = performance.now()
    })
  }

  send(envelopes: readonly PeerEnvelope[]): void {
    if (this.#state !== 'open' || !this.#bus.connection.isUp) return
    for (const lane of this.#bus.lanes) {
      const byPeer = new Map<NodeId, PeerMessage[]>()
      for (const { to, message } of envelopes) {
        if (to === this.#bus.id || this.#laneOf(message) !== lane) continue
        const messages = byPeer.get(to)
        if (messages === undefined) byPeer.set(to, [message])
        else messages.push(message)
      }
      for (const [peer, messages] of byPeer)
        if (this.peers?.mayTalkTo(peer) !== false)
          for (const body of this.#bodies(peer, messages)) this.#publish(peer, body, lane)
    }
  }

  #laneOf(message: PeerMessage): Lane {
    const lane = laneOf(message)
    return this.#bus.lanes.includes(lane) ? lane : 'control'
  }

  /** The bus delivers what a peer has sent. */
  received(from: NodeId, session: string, body: Uint8Array): void {
    if (this.peers?.mayHear(from, session) === false) return this.peers.heardUnknownSession(from)
    let messages: readonly PeerMessage[]
    try {
      messages = decodeMessages(body)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const fields = { event: 'message-refused', peer: from, problem: error.message } as const
      this.#log.warn(
        `messages ${from}`,
        fields,
        `dropped messages from '${from}' that cannot be decoded: ${error.message}`,
      )
      return
    }
    this.reachable(from, 'control')
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
    await fulfilledWithin(closeTimeout, Promise.all(this.#publishing))
  }

  #publish(peer: NodeId, body: Uint8Array, lane: Lane): void {
    const bus = this.#bus
    const publishing = bus
      .publish(bus.channelOf(peer, lane), BusKind.messages, this.cluster, body, lane)
      .then(
        (receivers) => {
          if (receivers === 0) this.noReceiver(peer, lane)
          else this.reachable(peer, lane)
        },
        () => {},
      )
    this.#publishing.add(publishing)
    publishing.finally(() => this.#publishing.delete(publishing))
  }

  /** The peer's channel in this lane has a subscriber. */
  reachable(peer: NodeId, lane: Lane): void {
    const missing = this.#unreachable.get(peer)
    if (missing === undefined || !missing.delete(lane) || missing.size > 0) return
    this.#unreachable.delete(peer)
    this.peers?.reachable(peer)
  }

  /** The peer's channel in this lane has no subscriber. */
  noReceiver(peer: NodeId, lane: Lane): void {
    if (!this.#bus.connection.isUp || performance.now() < this.#reconnectedAt + reconnectGrace) return
    const missing = this.#unreachable.get(peer) ?? new Set()
    const isNew = missing.size === 0
    this.#unreachable.set(peer, missing.add(lane))
    this.peers?.noReceiver(peer, missing.has('control') ? 'control' : lane)
    if (isNew) this.#receiver?.unreachable(peer)
  }

  /** The process that the peer was before is gone, and another one has taken its place. */
  wasRestarted(peer: NodeId): void {
    this.#unreachable.delete(peer)
    this.#receiver?.unreachable(peer)
  }

  /** The payloads for these messages, each with as many as fit. */
  *#bodies(peer: NodeId, messages: readonly PeerMessage[]): Generator<Uint8Array> {
    let part: PeerMessage[] = []
    let size = 0
    for (const message of messages) {
      const bytes = messageSize(message)
      if (bytes > maxMessageSize) {
        const fields = {
          event: 'message-too-long',
          peer,
          message: message.type,
          bytes,
          maxMessageSize,
        } as const
        this.#log.warn(
          `too-long ${peer}`,
          fields,
          `dropped a message to '${peer}': ${bytes} bytes, more than ${maxMessageSize}`,
        )
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

function encode(messages: readonly PeerMessage[], size: number): Uint8Array {
  const to = new ByteWriter(size)
  for (const message of messages) writeMessage(to, message)
  return to.buffer
}

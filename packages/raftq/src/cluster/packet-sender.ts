// Packs messages into packets. All messages that one node has for another at once leave as one packet for
// each event.
import type { Envelope, Message } from '@oarlock/core'
import type { Json } from '../json/index.ts'
import { type Identity, nameOf, type Replica } from '../node/index.ts'
import {
  type AddressedPacket,
  agrees,
  encodeMessage,
  type GossipMessage,
  type Packet,
  packetVersion,
  type RaftNode,
  type WireEvent,
  wireEventOf,
} from '../wire/index.ts'
import type { NodeContext } from './node-context.ts'
import type { Peer } from './peers.ts'

/** Hands a packet to the application's pipe. */
export type Pipe = (event: WireEvent, packet: AddressedPacket) => void

interface Bundle {
  readonly event: WireEvent
  readonly to: string
  readonly messages: Message[]
  state?: Json
}

export class PacketSender {
  readonly #context: NodeContext
  readonly #pipe: Pipe

  constructor(context: NodeContext, pipe: Pipe) {
    this.#context = context
    this.#pipe = pipe
  }

  sendMessages(replica: Replica, envelopes: readonly Envelope[]): void {
    const bundles = new Map<string, Bundle>()
    for (const { to, message } of envelopes) {
      const event = wireEventOf(message)
      const key = `${event} ${to}`
      const bundle: Bundle = bundles.get(key) ?? { event, to, messages: [] }
      bundles.set(key, bundle)
      bundle.messages.push(message)
      if (message.type === 'snapshot') bundle.state = replica.stateOf(message.snapshot)
    }
    for (const bundle of bundles.values()) this.#sendBundle(replica, bundle)
  }

  #sendBundle(replica: Replica, { event, to, messages, state }: Bundle): void {
    const { cluster, self } = replica.identity
    const name = nameOf(to)
    const destination = this.#context.peers.get(name)?.node ?? { id: name }
    const packet = this.#packet(cluster.id, self, to, messages.map(encodeMessage))
    const complete = state === undefined ? packet : { ...packet, state }
    this.#send(event, destination, replica.term, messages.every(agrees), complete)
  }

  sendGossip(
    event: 'voteRequest' | 'voteResponse',
    own: Identity | null,
    term: number,
    to: Peer,
    message: GossipMessage,
  ): void {
    const packet = this.#packet(own?.cluster.id ?? null, own?.self ?? null, null, [])
    this.#send(event, to.node, term, false, { ...packet, gossip: message })
  }

  #packet(cluster: string | null, from: string | null, to: string | null, messages: readonly Json[]): Packet {
    const { node, life } = this.#context
    return { version: packetVersion, cluster, from, to, node: { ...node }, life, messages }
  }

  #send(event: WireEvent, to: RaftNode, term: number, agrees: boolean, data: Packet): void {
    const { node, options } = this.#context
    const timeout = options.minimumElectionTime / 2
    this.#pipe(event, { destination: { ...to }, timeout, term, data, sender: { ...node }, agrees })
  }
}

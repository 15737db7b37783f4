// Putting together what goes over the wire: all that one node has for another at once, one message an event.
import type { Envelope, Message } from '@oarlock/core'
import type { Json } from '../json/index.ts'
import { type Identity, nameOf, type Replica } from '../node/index.ts'
import {
  type Addressed,
  agrees,
  channelOf,
  encodeMessage,
  type GossipMessage,
  newPacket,
  type Packet,
  type RaftNode,
  type WireEvent,
} from '../wire/index.ts'
import type { Peer, Peers } from './peers.ts'

export interface PacketSenderListener {
  post(event: WireEvent, addressed: Addressed): void
}

export interface PacketSenderInit {
  readonly node: RaftNode
  readonly life: string
  readonly peers: Peers
  readonly timeout: number
  readonly listener: PacketSenderListener
}

export class PacketSender {
  readonly #init: PacketSenderInit

  constructor(init: PacketSenderInit) {
    this.#init = init
  }

  raft(member: Replica, envelopes: readonly Envelope[]): void {
    const { cluster, self } = member.identity
    const bundles = new Map<string, { event: WireEvent; to: string; messages: Message[]; state?: Json }>()
    for (const { to, message } of envelopes) {
      const state = message.type === 'snapshot' ? member.stateOf(message.snapshot) : undefined
      if (message.type === 'snapshot' && state === undefined) continue // it will be offered again
      const event = channelOf(message)
      const key = `${event} ${to}`
      const bundle = bundles.get(key) ?? { event, to, messages: [] }
      bundles.set(key, bundle)
      bundle.messages.push(message)
      if (state !== undefined) bundle.state = state
    }
    for (const { event, to, messages, state } of bundles.values()) {
      const packet = this.#packet(cluster.id, self, to, messages.map(encodeMessage))
      const name = nameOf(to)
      const destination = this.#init.peers.get(name)?.node ?? { id: name }
      this.#sender(event, destination, member.term, messages.every(agrees), {
        ...packet,
        ...(state === undefined ? {} : { state }),
      })
    }
  }

  hello(
    event: 'voteRequest' | 'voteResponse',
    own: Identity | null,
    term: number,
    to: Peer,
    hello: GossipMessage,
  ): void {
    const packet = this.#packet(own?.cluster.id ?? null, own?.self ?? null, null, [])
    this.#sender(event, to.node, term, false, { ...packet, hello })
  }

  #packet(cluster: string | null, from: string | null, to: string | null, messages: readonly Json[]): Packet {
    const { node, life } = this.#init
    return newPacket({ cluster, from, to, node: { ...node }, life, messages })
  }

  #sender(event: WireEvent, destination: RaftNode, term: number, ok: boolean, packet: Packet): void {
    const { listener, timeout, node } = this.#init
    listener.post(event, {
      destination: { ...destination },
      timeout,
      term,
      node: { ...node },
      packet,
      agrees: ok,
    })
  }
}

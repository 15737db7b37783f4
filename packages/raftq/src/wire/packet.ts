// Everything that one node sends another at once. Each message over the wire carries one packet as its
// `data`.
import type { Message } from '@oarlock/core'
import { anything, type Json, list, object, only, optional, orNull, type Shape, text } from '../json/index.ts'
import { type GossipMessage, gossipMessage, node } from './gossip-message.ts'
import { message } from './message-codec.ts'
import type { RaftNode } from './raft-node.ts'

/** The version of the packet format. */
export const packetVersion = 3

export interface Packet {
  readonly version: number
  /** The cluster that the packet belongs to, or null if the sender has joined none. */
  readonly cluster: string | null
  /** The sender's identity in that cluster, or null if it has none. */
  readonly from: string | null
  /** The identity of the receiver that the messages are for, or null if there are none. */
  readonly to: string | null
  /** The sender. */
  readonly node: RaftNode
  /** An id that the sender mints at each start. */
  readonly life: string
  /** Messages of the core. */
  readonly messages: readonly Json[]
  /** The state that belongs to a snapshot among the messages. */
  readonly state?: Json
  readonly gossip?: GossipMessage
}

export type ReceivedPacket = Omit<Packet, 'messages'> & { readonly messages: readonly Message[] }

const body = object<{ data: ReceivedPacket }>({
  data: object<ReceivedPacket>({
    version: only(packetVersion),
    cluster: orNull(text),
    from: orNull(text),
    to: orNull(text),
    node,
    life: text,
    messages: list(message),
    state: optional(anything) as Shape<Json>,
    gossip: optional(gossipMessage) as Shape<GossipMessage>,
  }),
})

/** The packet of a message that came over the wire. Throws {@link DamagedError}. */
export const readPacket = (json: unknown): ReceivedPacket => body(json, 'message').data

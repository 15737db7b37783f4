// What one node tells another at once: in every message over the wire, as its `data`. JSON-safe.
import type { Message } from '@oarlock/core'
import { anything, type Json, list, object, only, optional, orNull, type Shape, text } from '../json/index.ts'
import { type GossipMessage, hello, node } from './gossip-message.ts'
import { message } from './message-codec.ts'
import type { RaftNode } from './raft-node.ts'

/** The number of this way to write packets. */
const version = 1

export interface Packet {
  readonly version: number
  /** The cluster that everything in it is about; null: none yet. */
  readonly cluster: string | null
  /** The sender's identity in that cluster; null: none yet. */
  readonly from: string | null
  /** For which identity of the receiver its messages are; null: there are none. */
  readonly to: string | null
  /** The sender, and this life of it: minted at each start. */
  readonly node: RaftNode
  readonly life: string
  /** Raft's own messages. */
  readonly messages: readonly Json[]
  /** To a snapshot among the messages: the state. */
  readonly state?: Json
  readonly hello?: GossipMessage
}

export type ReceivedPacket = Omit<Packet, 'messages'> & { readonly messages: readonly Message[] }

export const newPacket = (
  parts: Pick<Packet, 'cluster' | 'from' | 'to' | 'node' | 'life' | 'messages'>,
): Packet => ({ version, ...parts })

const body = object<{ data: ReceivedPacket }>({
  data: object<ReceivedPacket>({
    version: only(version),
    cluster: orNull(text),
    from: orNull(text),
    to: orNull(text),
    node,
    life: text,
    messages: list(message),
    state: optional(anything) as Shape<Json>,
    hello: optional(hello) as Shape<GossipMessage>,
  }),
})

/** The packet of a message that came over the wire. Throws {@link DamagedError}. */
export const readPacket = (json: unknown): ReceivedPacket => body(json, 'message').data

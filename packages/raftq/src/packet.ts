// What one node tells another at once: in every message over the wire, as its `data`. JSON-safe.
import type { Message } from '@oarlock/core'
import { isNodeId } from './options.ts'
import {
  anything,
  checked,
  flag,
  type Json,
  list,
  object,
  only,
  optional,
  orNull,
  type Shape,
  text,
} from './shape.ts'
import type { RaftNode } from './types.ts'
import { message } from './wire-message.ts'

/** The number of this way to write packets. */
const version = 1

/** Who takes part in which cluster, as its hello tells (hello.ts). */
export interface ClusterView {
  readonly id: string
  readonly founders: readonly string[]
  readonly byMembers: boolean
  /** It has acknowledged a value: for ever. */
  readonly acknowledged: boolean
  /** Somebody has stood for election in it, as far as the sender knows. */
  readonly begun: boolean
}

export interface Hello {
  /** The cluster that the sender takes part in, or is waiting to be taken into. */
  readonly cluster: ClusterView | null
  /** The sender is a member of it, as far as it knows. */
  readonly member: boolean
  /** Clusters that gave themselves up: whoever still takes part in one may leave it. */
  readonly dissolved: readonly string[]
  /** Every node that the sender knows. */
  readonly nodes: readonly RaftNode[]
  /** Nodes that left, each with its life as it was known then. */
  readonly departed: readonly { readonly name: string; readonly life: string }[]
  /** To the receiver: it left, and is a member no more. */
  readonly youLeft: boolean
  /**
   * To this life of the receiver: the sender has no part in any cluster that has begun (founding.ts). Null: it has, or it does not
   * know the receiver's life.
   */
  readonly attests: string | null
}

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
  readonly hello?: Hello
}

export type ReceivedPacket = Omit<Packet, 'messages'> & { readonly messages: readonly Message[] }

export const newPacket = (
  parts: Pick<Packet, 'cluster' | 'from' | 'to' | 'node' | 'life' | 'messages'>,
): Packet => ({ version, ...parts })

export const node: Shape<RaftNode> = (json, where) => {
  object({ id: checked(isNodeId) })(json, where)
  return json as RaftNode // with all that the application knows of it
}

const clusterView: Shape<ClusterView> = object({
  id: text,
  founders: list(text),
  byMembers: flag,
  acknowledged: flag,
  begun: flag,
})

const hello: Shape<Hello> = object({
  cluster: orNull(clusterView),
  member: flag,
  dissolved: list(text),
  nodes: list(node),
  departed: list(object({ name: text, life: text })),
  youLeft: flag,
  attests: orNull(text),
})

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
    hello: optional(hello) as Shape<Hello>,
  }),
})

/** The packet of a message that came over the wire. Throws {@link DamagedError}. */
export const readPacket = (json: unknown): ReceivedPacket => body(json, 'message').data

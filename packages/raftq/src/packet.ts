// What one node tells another at once: in every message over the wire, as its `data`. JSON-safe.
import type { Message } from '@oarlock/core'
import { isNodeId } from './options.ts'
import type { RaftNode } from './types.ts'
import { asList, asObject, asText, DamagedError, decodeMessage, type Json } from './wire-message.ts'

/** The number of this way to write packets. */
const version = 1

/** Who takes part in which cluster, as its hello tells (hello.ts). */
export interface ClusterView {
  readonly id: string
  readonly founders: readonly string[]
  readonly byMembers: boolean
  /** It has acknowledged a value: for ever. */
  readonly acknowledged: boolean
  /** It has elected a leader at least once. */
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
}

export interface Packet {
  readonly version: number
  /** The cluster that everything in it is about; null: none yet. */
  readonly cluster: string | null
  /** The sender's and the receiver's identity in that cluster; null where there is none yet, or it is not known. */
  readonly from: string | null
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

function asNode(json: unknown): RaftNode {
  const node = asObject(json, 'a node')
  if (!isNodeId(node.id)) throw new DamagedError('a node id expected')
  return node as RaftNode
}

const orNull = (json: unknown, what: string): string | null => (json === null ? null : asText(json, what))

function asFlag(json: unknown, what: string): boolean {
  if (typeof json !== 'boolean') throw new DamagedError(`${what}: true or false expected`)
  return json
}

function asCluster(json: unknown): ClusterView {
  const { id, founders, byMembers, acknowledged, begun } = asObject(json, 'a cluster')
  return {
    id: asText(id, 'a cluster id'),
    founders: asList(founders, 'founders').map((each) => asText(each, 'a founder')),
    byMembers: asFlag(byMembers, 'byMembers'),
    acknowledged: asFlag(acknowledged, 'acknowledged'),
    begun: asFlag(begun, 'begun'),
  }
}

function asHello(json: unknown): Hello {
  const { cluster, member, dissolved, nodes, departed, youLeft } = asObject(json, 'a hello')
  return {
    cluster: cluster === null ? null : asCluster(cluster),
    member: asFlag(member, 'member'),
    dissolved: asList(dissolved, 'clusters').map((each) => asText(each, 'a cluster id')),
    nodes: asList(nodes, 'nodes').map(asNode),
    departed: asList(departed, 'departed nodes').map((each) => {
      const { name, life } = asObject(each, 'a departed node')
      return { name: asText(name, 'a name'), life: asText(life, 'a life') }
    }),
    youLeft: asFlag(youLeft, 'youLeft'),
  }
}

/** The packet of a message that came over the wire. Throws {@link DamagedError}. */
export function readPacket(body: unknown): ReceivedPacket {
  const packet = asObject(asObject(body, 'a message').data, 'data of Oarlock')
  if (packet.version !== version) throw new DamagedError(`data of version ${version} expected`)
  return {
    version,
    cluster: orNull(packet.cluster, 'a cluster id'),
    from: orNull(packet.from, 'a sender'),
    to: orNull(packet.to, 'a receiver'),
    node: asNode(packet.node),
    life: asText(packet.life, 'a life'),
    messages: asList(packet.messages, 'messages').map(decodeMessage),
    ...(packet.state === undefined ? {} : { state: packet.state as Json }),
    ...(packet.hello === undefined ? {} : { hello: asHello(packet.hello) }),
  }
}

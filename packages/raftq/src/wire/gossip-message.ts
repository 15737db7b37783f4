import { checked, flag, list, object, orNull, type Shape, text } from '../json/index.ts'
import { isNodeId, type RaftNode } from './raft-node.ts'

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

export interface GossipMessage {
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

export const hello: Shape<GossipMessage> = object({
  cluster: orNull(clusterView),
  member: flag,
  dissolved: list(text),
  nodes: list(node),
  departed: list(object({ name: text, life: text })),
  youLeft: flag,
  attests: orNull(text),
})

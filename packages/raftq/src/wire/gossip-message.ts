// The gossip of a node about itself and the nodes it knows (cluster/gossip.ts).
import { checked, flag, list, object, orNull, type Shape, text } from '../json/index.ts'
import { type ClusterView, clusterView } from './cluster.ts'
import { isNodeId, type RaftNode } from './raft-node.ts'

export interface GossipMessage {
  /** The cluster that the sender has joined, or waits to join. */
  readonly cluster: ClusterView | null
  /** The sender is a member of it, as far as the sender knows. */
  readonly member: boolean
  /** Dissolved clusters. A node that is still in one of them may leave it. */
  readonly dissolved: readonly string[]
  /** All nodes that the sender knows. */
  readonly nodes: readonly RaftNode[]
  /** Nodes that left, each with the last life the sender heard of. */
  readonly departed: readonly { readonly name: string; readonly life: string }[]
  /** The receiver has left and is no longer a member. */
  readonly youLeft: boolean
  /**
   * The life of the receiver, if the sender attests to it that it has joined no cluster that has begun
   * (bootstrap.ts). Null: the sender has joined one, or does not know the receiver's life.
   */
  readonly attests: string | null
}

export const node: Shape<RaftNode> = (json, where) => {
  object({ id: checked(isNodeId) })(json, where)
  return json as RaftNode // with all fields that the application added
}

export const gossipMessage: Shape<GossipMessage> = object({
  cluster: orNull(clusterView),
  member: flag,
  dissolved: list(text),
  nodes: list(node),
  departed: list(object({ name: text, life: text })),
  youLeft: flag,
  attests: orNull(text),
})

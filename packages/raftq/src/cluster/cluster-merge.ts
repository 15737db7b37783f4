// A member of another cluster was heard: what founding.ts says of that is done here. That neither gives way is told once.
import { type Cluster, encodeCommand } from '../node/index.ts'
import type { ClusterView, RaftNode } from '../wire/index.ts'
import { meet } from './bootstrap.ts'
import type { RaftClusterConflictBody } from './conflict.ts'
import type { JoinedCluster } from './joined-cluster.ts'

export interface ClusterMergeListener {
  log(message: string): void
  conflict(body: RaftClusterConflictBody): void
}

export class ClusterMerge {
  readonly #node: RaftNode
  readonly #joinedCluster: JoinedCluster
  readonly #listener: ClusterMergeListener
  /** The clusters of which it was told. */
  readonly #conflicts: Set<string> = new Set()

  constructor(node: RaftNode, joinedCluster: JoinedCluster, listener: ClusterMergeListener) {
    this.#node = node
    this.#joinedCluster = joinedCluster
    this.#listener = listener
  }

  /** `by`: its member that was heard. */
  meet(other: ClusterView, by: RaftNode): void {
    const joinedCluster = this.#joinedCluster
    const own = joinedCluster.cluster
    if ((own === null && joinedCluster.identity !== null) || joinedCluster.dissolved.includes(other.id))
      return
    switch (meet(own, other, joinedCluster.awaited !== null)) {
      case 'join': {
        this.#listener.log(`${by.id} takes part in a cluster: ${this.#node.id} joins it`)
        const { id, founders, byMembers } = other
        return joinedCluster.enter({ id, founders, byMembers })
      }
      case 'dissolve':
        if (!joinedCluster.isMember) return
        return joinedCluster.member?.propose(null, encodeCommand({ type: 'dissolve', into: other.id }))
      case 'conflict':
        return this.#tell(own ?? joinedCluster.awaited!, other, by)
      default:
    }
  }

  #tell(own: Cluster, other: ClusterView, node: RaftNode): void {
    if (this.#conflicts.has(other.id)) return
    this.#conflicts.add(other.id)
    const why =
      own.byMembers && other.byMembers
        ? '`members` are not the same'
        : 'each has acknowledged values, or `members`'
    const message =
      `${node.id} takes part in another cluster, and neither gives way (${why}). Decide which one stays; stop the nodes ` +
      'of the other one, delete what they persisted, and start them again with its options.'
    this.#listener.log(message)
    this.#listener.conflict({ node, ownCluster: own.id, otherCluster: other.id, message })
  }
}

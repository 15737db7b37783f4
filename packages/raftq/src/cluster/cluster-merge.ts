// Carries out what merge-decision.ts decides when a member of another cluster was heard. A conflict is
// reported once.
import { encodeCommand } from '../node/index.ts'
import type { Cluster, ClusterView, RaftNode } from '../wire/index.ts'
import type { RaftClusterConflictBody } from './conflict.ts'
import type { JoinedCluster } from './joined-cluster.ts'
import { decideMerge } from './merge-decision.ts'
import type { NodeContext } from './node-context.ts'

export class ClusterMerge {
  readonly #context: NodeContext
  readonly #joinedCluster: JoinedCluster
  readonly #onConflict: (body: RaftClusterConflictBody) => void
  /** The clusters whose conflict was reported. */
  readonly #reported: Set<string> = new Set()

  constructor(
    context: NodeContext,
    joinedCluster: JoinedCluster,
    onConflict: (body: RaftClusterConflictBody) => void,
  ) {
    this.#context = context
    this.#joinedCluster = joinedCluster
    this.#onConflict = onConflict
  }

  /** `member`: the member of the other cluster that was heard. */
  meet(other: ClusterView, member: RaftNode): void {
    const joined = this.#joinedCluster
    const own = joined.cluster
    if ((own === null && joined.identity !== null) || joined.dissolved.includes(other.id)) return
    switch (decideMerge(own, other, joined.configured !== null)) {
      case 'join': {
        this.#context.log(`${member.id} is in a cluster, and ${this.#context.node.id} joins it`)
        const { id, founders, byMembers } = other
        return joined.join({ id, founders, byMembers })
      }
      case 'dissolve':
        if (!joined.isMember) return
        return joined.replica?.propose(null, encodeCommand({ type: 'dissolve', into: other.id }))
      case 'conflict':
        return this.#report(own ?? joined.configured!, other, member)
      default:
    }
  }

  #report(own: Cluster, other: ClusterView, node: RaftNode): void {
    if (this.#reported.has(other.id)) return
    this.#reported.add(other.id)
    const why =
      own.byMembers && other.byMembers
        ? 'their `members` differ'
        : 'each has acknowledged values or was bootstrapped by `members`'
    const message =
      `${node.id} is in another cluster, and neither cluster may dissolve: ${why}. Keep one: ` +
      'stop the nodes of the other one, delete their documents, and restart them with its options.'
    this.#context.log(message)
    this.#onConflict({ node, ownCluster: own.id, otherCluster: other.id, message })
  }
}

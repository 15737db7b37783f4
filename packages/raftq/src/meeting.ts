// A member of another cluster was heard: what founding.ts says of that is done here. That neither gives way is told once.
import type { Allegiance } from './allegiance.ts'
import { meet } from './founding.ts'
import type { Cluster } from './identity.ts'
import { encodeCommand } from './machine.ts'
import type { ClusterView } from './packet.ts'
import type { RaftClusterConflictBody, RaftNode } from './types.ts'

export interface MeetingListener {
  log(message: string): void
  conflict(body: RaftClusterConflictBody): void
}

export class Meetings {
  readonly #node: RaftNode
  readonly #allegiance: Allegiance
  readonly #listener: MeetingListener
  /** The clusters of which it was told. */
  readonly #conflicts: Set<string> = new Set()

  constructor(node: RaftNode, allegiance: Allegiance, listener: MeetingListener) {
    this.#node = node
    this.#allegiance = allegiance
    this.#listener = listener
  }

  /** `by`: its member that was heard. */
  meet(other: ClusterView, by: RaftNode): void {
    const allegiance = this.#allegiance
    const own = allegiance.cluster
    if ((own === null && allegiance.identity !== null) || allegiance.dissolved.includes(other.id)) return
    switch (meet(own, other, allegiance.awaited !== null)) {
      case 'join': {
        this.#listener.log(`${by.id} takes part in a cluster: ${this.#node.id} joins it`)
        const { id, founders, byMembers } = other
        return allegiance.enter({ id, founders, byMembers })
      }
      case 'dissolve':
        if (!allegiance.isMember) return
        return allegiance.member?.propose(null, encodeCommand({ type: 'dissolve', into: other.id }))
      case 'conflict':
        return this.#tell(own ?? allegiance.awaited!, other, by)
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

// A frozen view of a node, for tests, dashboards and people.
import type { Configuration, Index, Millis, NodeId, Role, Term } from './types.ts'

export interface ProgressView {
  readonly state: 'probe' | 'replicate' | 'snapshot'
  readonly match: Index
  readonly next: Index
  readonly paused: boolean
  readonly recentActive: boolean
  readonly learner: boolean
  readonly inflight: number
  readonly inflightFull: boolean
  readonly pendingSnapshot: Index
  readonly priority: number
}

export interface RaftView {
  readonly id: NodeId
  readonly role: Role
  readonly term: Term
  readonly vote: NodeId | null
  readonly leader: NodeId | null
  readonly commit: Index
  readonly applied: Index
  readonly lastIndex: Index
  readonly lastTerm: Term
  /** The last index that is durable on this node's own disk. */
  readonly durableIndex: Index
  readonly configuration: Configuration
  /** The log index of `configuration`: what `reconfigure` expects. */
  readonly configurationIndex: Index
  /** On a leader: the index of its no-op; entries before it are of earlier terms. Else 0. */
  readonly termStart: Index
  /** On a leader with a lease: the node's clock at which it ends. Else -Infinity. */
  readonly leaseDeadline: Millis
  readonly transferTarget: NodeId | null
  /** On a leader: every member, itself included. Else empty. */
  readonly progress: ReadonlyMap<NodeId, ProgressView>
}

// The body of the event `clusterConflict`.
import type { RaftNode } from '../wire/index.ts'

/**
 * Two clusters have met and neither may dissolve, because each has acknowledged values or was bootstrapped by
 * `members`. Dispatched once for each other cluster.
 */
export type RaftClusterConflictBody = {
  /** The node of the other cluster that was heard. */
  node: RaftNode
  ownCluster: string
  otherCluster: string
  /** What happened, and what to do. */
  message: string
}

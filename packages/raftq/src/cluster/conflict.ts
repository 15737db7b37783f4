// The event `clusterConflict`.
import type { RaftNode } from '../wire/index.ts'

/** Two clusters have met of which neither may give way: it has acknowledged values, or was founded by `members`. Told once for each. */
export type RaftClusterConflictBody = {
  /** The other cluster's node that was heard. */
  node: RaftNode
  ownCluster: string
  otherCluster: string
  /** What happened, and what to do. */
  message: string
}

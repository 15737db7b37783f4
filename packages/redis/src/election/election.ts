// The election that redisElection() returns.
import type { NodeId, RaftView } from '@oarlock/core'
import type { Election } from '@oarlock/runtime'

export interface RedisElection extends Election {
  /** Ids of the voters and learners that this instance knows. Empty while it is in no cluster. */
  readonly members: readonly NodeId[]
  /** The number of its cluster, or null while it is in none. Fences grow across generations. */
  readonly generation: number | null
  /** Whether it is connected to Redis. */
  readonly connected: boolean
  /** The state of this instance's core, for tools. Null while it is in no cluster. */
  inspect(): RaftView | null
}

// What redisElection() returns.
import type { NodeId, RaftView } from '@oarlock/core'
import type { Election } from 'oarlock'

export interface RedisElection extends Election {
  /** Ids of the voters and learners, as this instance knows them; empty while it takes part in no cluster. */
  readonly members: readonly NodeId[]
  /** The number of the cluster that it takes part in, or null. Fences grow over generations. */
  readonly generation: number | null
  /** Is Redis there? */
  readonly connected: boolean
  /** Everything that the core of this instance knows, for tools; null: it takes part in no cluster. */
  inspect(): RaftView | null
}

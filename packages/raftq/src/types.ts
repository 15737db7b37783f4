// The names and shapes of raftq's API. The package exports them all.
import type { RaftClusterConflictBody } from './cluster/index.ts'
import type {
  RaftDataBody,
  RaftDataResponseBody,
  RaftNode,
  RaftVoteRequestBody,
  RaftVoteResponseBody,
} from './wire/index.ts'

export type { RaftClusterConflictBody } from './cluster/index.ts'
export type { RaftPersistAgent, RaftPersistentData } from './node/index.ts'
export type {
  RaftDataBody,
  RaftDataResponseBody,
  RaftNode,
  RaftNodeId,
  RaftVoteRequestBody,
  RaftVoteResponseBody,
} from './wire/index.ts'

/**
 * raftq's enum as an object with the same lookups in both directions, since an enum is not erasable syntax.
 */
export const RaftRole = {
  CANDIDATE: 1,
  FOLLOWER: 2,
  LEADER: 3,
  1: 'CANDIDATE',
  2: 'FOLLOWER',
  3: 'LEADER',
} as const
export type RaftRole = 1 | 2 | 3

export type RaftServiceStartedBody = { node: RaftNode }
// biome-ignore lint/suspicious/noExplicitAny: raftq's own type
export type RaftServerCrashedBody = { reason: any }
/** raftq exports this type but does not use it. */
export type RaftUpdateDataBody = { node: RaftNode; time: number }
export type RaftLogBody = { message: string }

export type RaftMessageType = {
  serviceStarted: RaftServiceStartedBody
  serviceCrashed: RaftServerCrashedBody
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  replicateData: any
  ackNode: RaftNode
  voteRequest: RaftVoteRequestBody
  voteRequestReceived: RaftVoteRequestBody
  voteResponse: RaftVoteResponseBody
  voteResponseReceived: RaftVoteResponseBody
  syncData: RaftDataBody
  dataReceived: RaftDataBody
  dataResponse: RaftDataResponseBody
  dataResponseReceived: RaftDataResponseBody
  roleChanged: RaftRole
  /** This node left (its `time` is 0) and is no longer a member, so its persisted document can be deleted. */
  serviceLeft: RaftServiceStartedBody
  log: RaftLogBody
  clusterConflict: RaftClusterConflictBody
}
export type RaftEventType = keyof RaftMessageType
/** The name in raftq's README. */
export type MessageType = RaftMessageType

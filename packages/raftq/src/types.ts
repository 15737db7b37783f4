// The words of raftq's API: the same names and shapes, exported from the package itself.
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

/** raftq's enum, as an object that works alike, both ways: an enum cannot be erased. */
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
/** raftq exports it, and uses it nowhere. */
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
  /** This node left (its `time` is 0), and is a member no more: what it persisted is needed no more either. */
  serviceLeft: RaftServiceStartedBody
  log: RaftLogBody
  clusterConflict: RaftClusterConflictBody
}
export type RaftEventType = keyof RaftMessageType
/** As raftq's README calls it. */
export type MessageType = RaftMessageType

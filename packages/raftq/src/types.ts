// The words of raftq's API: the same names and shapes, exported from the package itself.
import type { Packet } from './packet.ts'

/** A node's name, unique in its cluster. 1 and '1' are the same node. */
export type RaftNodeId = string | number

/** A node as the application knows it. Further fields (an address, say) are kept, and told to the other nodes. */
export type RaftNode = {
  id: RaftNodeId
  /** When it started; 0: it has left. */
  time?: number
}

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

/** To every message over the wire: where it goes, and how long (ms) it is worth waiting for the pipe. */
interface RaftWireBody {
  destination: RaftNode
  timeout: number
  term: number
  /** What the two Rafts say to one another: JSON-safe, to be carried as it is. */
  data: Packet
}
export interface RaftVoteRequestBody extends RaftWireBody {
  candidate: RaftNode
}
export interface RaftVoteResponseBody extends RaftWireBody {
  voter: RaftNode
  granted: boolean
}
export interface RaftDataBody extends RaftWireBody {
  node: RaftNode
}
export interface RaftDataResponseBody extends RaftWireBody {
  node: RaftNode
  success: boolean
}

export type RaftServiceStartedBody = { node: RaftNode }
// biome-ignore lint/suspicious/noExplicitAny: raftq's own type
export type RaftServerCrashedBody = { reason: any }
/** raftq exports it, and uses it nowhere. */
export type RaftUpdateDataBody = { node: RaftNode; time: number }
export type RaftLogBody = { message: string }

/** Two clusters have met of which neither may give way: it has acknowledged values, or was founded by `members`. Told once for each. */
export type RaftClusterConflictBody = {
  /** The other cluster's node that was heard. */
  node: RaftNode
  ownCluster: string
  otherCluster: string
  /** What happened, and what to do. */
  message: string
}

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

/** What the persist agent is given: JSON-safe, and one whole document each time. */
export type RaftPersistentData = {
  term: number
  votedFor: RaftNodeId | null
  // biome-ignore lint/suspicious/noExplicitAny: any JSON value
  data: any
  /** What Oarlock needs besides: see document.ts. Documents of raftq itself lack it. */
  oarlock?: unknown
}

export interface RaftPersistAgent {
  /** Resolves when `data` is durable, and replaces all that was there. It must not be half there after a crash: write aside, then rename. */
  persist(node: RaftNode, data: RaftPersistentData): Promise<void>
  /** What was persisted last for this node, or nothing. */
  restore(node: RaftNode): Promise<RaftPersistentData | null | undefined>
}

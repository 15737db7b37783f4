// The messages over the wire, in the shapes that raftq's pipes know.
import type { Packet } from './packet.ts'
import type { RaftNode } from './raft-node.ts'

/** Common to all messages over the wire. */
export interface RaftWireBody {
  destination: RaftNode
  /** How long the pipe may take to be worth waiting for, in ms. */
  timeout: number
  term: number
  /** The content, as JSON. The pipe carries it unchanged. */
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

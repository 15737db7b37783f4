// The messages over the wire, in the shapes that raftq's pipes know.
import type { Packet } from './packet.ts'
import type { RaftNode } from './raft-node.ts'

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

export type {
  RaftDataBody,
  RaftDataResponseBody,
  RaftVoteRequestBody,
  RaftVoteResponseBody,
} from './bodies.ts'
export type { Cluster, ClusterView } from './cluster.ts'
export { type GossipMessage, node } from './gossip-message.ts'
export { encodeEntry, encodeMessage, entries, index, snapshotMeta, term } from './message-codec.ts'
export { type Packet, packetVersion, type ReceivedPacket, readPacket } from './packet.ts'
export { isNodeId, type RaftNode, type RaftNodeId } from './raft-node.ts'
export {
  type AddressedPacket,
  agrees,
  bodyOf,
  type WireEvent,
  wireEventOf,
} from './wire-events.ts'

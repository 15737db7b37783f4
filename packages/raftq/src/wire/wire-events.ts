// raftq has four events for messages over the wire. This file assigns each message of the core to one of
// them, and puts packets into the bodies that raftq's pipes know.
import type { Message, MessageType } from '@oarlock/core'
import type {
  RaftDataBody,
  RaftDataResponseBody,
  RaftVoteRequestBody,
  RaftVoteResponseBody,
  RaftWireBody,
} from './bodies.ts'
import type { RaftNode } from './raft-node.ts'

export interface WireBodies {
  voteRequest: RaftVoteRequestBody
  voteResponse: RaftVoteResponseBody
  syncData: RaftDataBody
  dataResponse: RaftDataResponseBody
}
export type WireEvent = keyof WireBodies

const events: { readonly [Type in MessageType]: WireEvent } = {
  preVote: 'voteRequest',
  vote: 'voteRequest',
  preVoteResponse: 'voteResponse',
  voteResponse: 'voteResponse',
  append: 'syncData',
  heartbeat: 'syncData',
  snapshot: 'syncData',
  timeoutNow: 'syncData',
  proposeResponse: 'syncData',
  readIndexResponse: 'syncData',
  appendResponse: 'dataResponse',
  heartbeatResponse: 'dataResponse',
  propose: 'dataResponse',
  readIndex: 'dataResponse',
  transferLeader: 'dataResponse',
}

export const wireEventOf = ({ type }: Message): WireEvent => events[type]

/** Everything that a body needs, by names of our own. */
export interface AddressedPacket extends RaftWireBody {
  readonly sender: RaftNode
  /** No message in the packet is a refusal. raftq calls this `granted` or `success`. */
  readonly agrees: boolean
}

const bodies: { readonly [Event in WireEvent]: (packet: AddressedPacket) => WireBodies[Event] } = {
  voteRequest: ({ sender, agrees: _, ...body }) => ({ ...body, candidate: sender }),
  voteResponse: ({ sender, agrees, ...body }) => ({ ...body, voter: sender, granted: agrees }),
  syncData: ({ sender, agrees: _, ...body }) => ({ ...body, node: sender }),
  dataResponse: ({ sender, agrees, ...body }) => ({ ...body, node: sender, success: agrees }),
}

export const bodyOf = <Event extends WireEvent>(event: Event, packet: AddressedPacket): WireBodies[Event] =>
  bodies[event](packet)

/** The message refuses nothing. */
export const agrees = (message: Message): boolean =>
  !('granted' in message && !message.granted) && !('rejected' in message && message.rejected)

// raftq has four events for messages over the wire. This file assigns each message of the core to one of
// them, and puts packets into the bodies that raftq's pipes know.
import type { Message, MessageType } from '@oarlock/core'
import type {
  RaftDataBody,
  RaftDataResponseBody,
  RaftVoteRequestBody,
  RaftVoteResponseBody,
} from './bodies.ts'
import type { Packet } from './packet.ts'
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

/** The event that the receiver dispatches. */
export const receivedAs = {
  voteRequest: 'voteRequestReceived',
  voteResponse: 'voteResponseReceived',
  syncData: 'dataReceived',
  dataResponse: 'dataResponseReceived',
} as const

/** The wire event that was received, if the dispatched event is one. */
export const receivedEventOf = (type: string): WireEvent | undefined =>
  (Object.keys(receivedAs) as WireEvent[]).find((event) => receivedAs[event] === type)

export interface AddressedPacket {
  readonly destination: RaftNode
  readonly timeout: number
  readonly term: number
  /** The sender. */
  readonly node: RaftNode
  readonly packet: Packet
  /** No message in the packet is a refusal. raftq calls this `granted` or `success`. */
  readonly agrees: boolean
}

const common = ({ destination, timeout, term, packet }: AddressedPacket) => ({
  destination,
  timeout,
  term,
  data: packet,
})

const bodies: { readonly [Event in WireEvent]: (addressed: AddressedPacket) => WireBodies[Event] } = {
  voteRequest: (addressed) => ({ ...common(addressed), candidate: addressed.node }),
  voteResponse: (addressed) => ({ ...common(addressed), voter: addressed.node, granted: addressed.agrees }),
  syncData: (addressed) => ({ ...common(addressed), node: addressed.node }),
  dataResponse: (addressed) => ({ ...common(addressed), node: addressed.node, success: addressed.agrees }),
}

export const bodyOf = <Event extends WireEvent>(
  event: Event,
  addressed: AddressedPacket,
): WireBodies[Event] => bodies[event](addressed)

/** The message refuses nothing. */
export const agrees = (message: Message): boolean =>
  !('granted' in message && !message.granted) && !('rejected' in message && message.rejected)

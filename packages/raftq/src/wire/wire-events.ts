// Which of the four events carries which message: requests of candidates, their answers, what a leader tells, and what it is told.
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

const channels: { readonly [Type in MessageType]: WireEvent } = {
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

export const channelOf = ({ type }: Message): WireEvent => channels[type]

/** What the other side is to dispatch. */
export const received = {
  voteRequest: 'voteRequestReceived',
  voteResponse: 'voteResponseReceived',
  syncData: 'dataReceived',
  dataResponse: 'dataResponseReceived',
} as const

/** What was dispatched, if it is what another node said. */
export const wireEventOf = (type: string): WireEvent | undefined =>
  (Object.keys(received) as WireEvent[]).find((event) => received[event] === type)

export interface Addressed {
  readonly destination: RaftNode
  readonly timeout: number
  readonly term: number
  readonly node: RaftNode
  readonly packet: Packet
  /** Nothing in it is refused: what raftq called `granted` and `success`. */
  readonly agrees: boolean
}

/** What raftq calls the sender, and whether it agrees. */
const names = {
  voteRequest: ['candidate'],
  voteResponse: ['voter', 'granted'],
  syncData: ['node'],
  dataResponse: ['node', 'success'],
} as const

/** The message in the shape that raftq's pipes know. */
export function bodyOf<Event extends WireEvent>(
  event: Event,
  { destination, timeout, term, node, packet, agrees }: Addressed,
): WireBodies[Event] {
  const [sender, verdict] = names[event]
  const common = { destination, timeout, term, data: packet, [sender]: node }
  return {
    ...common,
    ...(verdict === undefined ? {} : { [verdict]: agrees }),
  } as unknown as WireBodies[Event]
}

export const agrees = (message: Message): boolean =>
  !('granted' in message && !message.granted) && !('rejected' in message && message.rejected)

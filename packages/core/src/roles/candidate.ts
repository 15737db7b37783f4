// Candidates and pre-candidates: count answers, and follow whoever leads this term (paper §5.2; thesis §9.6).
import { campaign } from '../election/campaign.ts'
import { electionResult, type ReceivedVote } from '../election/vote.ts'
import type { Append, Heartbeat, InstallSnapshot, ReadIndex } from '../message.ts'
import type { Node } from '../node.ts'
import { broadcastAppend, broadcastHeartbeat } from '../replication.ts'
import type { NodeId, Term } from '../types.ts'
import { handleAppend, handleHeartbeat, handleSnapshot } from './follower.ts'
import { type Handlers, ignore } from './handlers.ts'
import { takeOffice } from './leader.ts'
import { candidatePropose, proposeAnswered } from './proposal.ts'
import { readAnswered } from './read.ts'

/** There is a leader of this very term: follow it. */
function follow<M extends Append | Heartbeat | InstallSnapshot>(
  handle: (node: Node, from: NodeId, message: M) => void,
): (node: Node, from: NodeId, message: M) => void {
  return (node, from, message) => {
    node.becomeFollower(message.term, from)
    handle(node, from, message)
  }
}

/**
 * Figure 2: the term is on disk before its leader speaks. A majority of others may answer before this node's own vote is
 * durable; one that led then, crashed, and forgot the term could win the same term again, with another log.
 */
export function mayTakeOffice(received: readonly ReceivedVote[], self: NodeId): boolean {
  return received.some(({ from, granted }) => from === self && granted)
}

/** Thesis §9.6: a grant tells the term that was asked for. One of an older question is no answer to this one. */
export function isGrantOfThisQuestion(granted: Term, own: Term): boolean {
  return granted === own + 1
}

function countVote(node: Node, from: NodeId, granted: boolean): void {
  node.received.push({ from, granted })
  const result = electionResult(node.received, node.configuration)
  if (result === 'lost') node.becomeFollower(node.term, null)
  if (result !== 'won') return
  if (node.role === 'preCandidate') campaign(node, 'election')
  else if (mayTakeOffice(node.received, node.id)) {
    takeOffice(node)
    broadcastAppend(node)
    // Only heartbeats carry a lease: the first ones leave at once, or leadership would be held an interval later.
    if (node.config.lease) broadcastHeartbeat(node)
  }
}

const common = {
  append: follow(handleAppend),
  heartbeat: follow(handleHeartbeat),
  snapshot: follow(handleSnapshot),
  timeoutNow: ignore,
  transferLeader: ignore,
  propose: candidatePropose,
  proposeResponse: proposeAnswered,
  readIndex: (node: Node, from: NodeId, message: ReadIndex): void => {
    if (from === node.id) node.readsReady.push({ request: message.request, index: null })
  },
  readIndexResponse: readAnswered,
  appendResponse: ignore,
  heartbeatResponse: ignore,
} satisfies Partial<Handlers>

export const candidate: Handlers = {
  ...common,
  voteResponse: (node, from, message) => countVote(node, from, message.granted),
  preVoteResponse: ignore,
}

export const preCandidate: Handlers = {
  ...common,
  voteResponse: ignore,
  preVoteResponse: (node, from, message) => {
    if (message.granted && !isGrantOfThisQuestion(message.term, node.term)) return
    countVote(node, from, message.granted)
  },
}

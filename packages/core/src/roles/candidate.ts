// Candidates and pre-candidates count answers, and follow a leader of their term (paper §5.2; thesis §9.6).
import { electionResult, isGrantOfThisQuestion, mayBecomeLeader } from '../election/index.ts'
import type { Append, Heartbeat, InstallSnapshot } from '../message.ts'
import { broadcastAppend, broadcastHeartbeat, campaign, type Node } from '../node/index.ts'
import type { NodeId } from '../types.ts'
import { handleAppend, handleHeartbeat, handleSnapshot } from './follower.ts'
import { type Handlers, ignore } from './handlers.ts'
import { beginLeadership } from './leader.ts'
import { forwardProposal, proposeAnswered } from './proposal.ts'
import { forwardRead, readAnswered } from './read.ts'

/** There is a leader of this very term: follow it. */
function follow<M extends Append | Heartbeat | InstallSnapshot>(
  handle: (node: Node, from: NodeId, message: M) => void,
): (node: Node, from: NodeId, message: M) => void {
  return (node, from, message) => {
    node.becomeFollower(message.term, from)
    handle(node, from, message)
  }
}

function countVote(node: Node, from: NodeId, granted: boolean): void {
  node.received.push({ from, granted })
  const result = electionResult(node.received, node.configuration)
  if (result === 'lost') node.becomeFollower(node.term, null)
  if (result !== 'won') return
  if (node.role === 'preCandidate') campaign(node, 'election')
  else if (mayBecomeLeader(node.received, node.id)) {
    beginLeadership(node)
    broadcastAppend(node)
    // Only answered heartbeats give a lease, so the first ones leave at once.
    if (node.config.lease) broadcastHeartbeat(node)
  }
}

const common = {
  append: follow(handleAppend),
  heartbeat: follow(handleHeartbeat),
  snapshot: follow(handleSnapshot),
  timeoutNow: ignore,
  transferLeader: ignore,
  propose: forwardProposal,
  proposeResponse: proposeAnswered,
  readIndex: forwardRead,
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

// Handles a vote request (paper figure 2, RequestVote) from its arrival to its answer. A pre-vote (thesis
// §9.6) takes the same way: it asks whether the vote would be granted, and changes nothing.
//
// A candidate sends either to all voters, when its wait is over or when the leader has told it to stand
// (thesis §3.10): see campaign.ts.
import {
  candidateLogIsUpToDate,
  isOfEarlierTerm,
  knowsLiveLeader,
  mayGrantVote,
  mustLearnLaterTerm,
} from '../election/index.ts'
import { isVoter } from '../membership/index.ts'
import type { PreVote, Vote, VoteRefusal } from '../message.ts'
import type { NodeId } from '../types.ts'
import { committedToTell } from './committed-change.ts'
import type { Node } from './node.ts'
import { boundTo, termIsTaken } from './refusal.ts'

export function handleVoteRequest(node: Node, from: NodeId, request: Vote | PreVote): void {
  const preVote = request.type === 'preVote'

  if (request.term > node.term) {
    // Thesis §4.2.3: a node that hears a leader stays in its term, and does not answer.
    if (sticksToLeader(node, request)) return noteRefusal(node, from, request, boundTo(node), false)
    // §5.1: a later term makes a follower. A pre-vote only asks about it.
    if (!preVote) node.enterTermOfCandidate(request.term)
  }

  // RequestVote 1: an earlier term is refused.
  if (isOfEarlierTerm(request, node.term)) return refuseEarlierTerm(node, from, request)

  // RequestVote 2: one vote a term, to a candidate whose log is at least as up to date.
  const refusal = refusalInTerm(node, from, request)
  if (refusal !== null) {
    if (!preVote) giveWayToBetter(node, request)
    return refuse(node, from, request, refusal)
  }

  // In the term of the request: a pre-candidate waits for answers of that term, and ours may be earlier.
  const { term } = request
  node.send(from, { type: `${request.type}Response`, term, granted: true, ...committedToTell(node) })
  node.elections.granted(from)
  if (preVote) return
  // §5.2: the wait begins anew, so that the candidate has the time to win.
  node.vote = from
  node.timer.restart(node.now)
}

/**
 * A node that has heard a leader within an election timeout helps no candidate to depose it, unless the
 * leader asked for that.
 */
function sticksToLeader(node: Node, { transfer }: Vote | PreVote): boolean {
  if (transfer) return false
  const { role, leader, now, timer, config } = node
  const contact = { role, leader, now, heardAt: timer.start }
  return (config.checkQuorum && knowsLiveLeader(contact, config.electionTimeout)) || node.isBoundByPromise
}

function refuseEarlierTerm(node: Node, from: NodeId, request: Vote | PreVote): void {
  const refusal = { reason: 'later-term' } as const
  const willAskSender = node.promotable && isVoter(node.configuration, from)
  if (mustLearnLaterTerm(request, node.config, willAskSender)) refuse(node, from, request, refusal)
  else noteRefusal(node, from, request, refusal, false)
}

/** Why the candidate gets no vote in its term, or null. */
function refusalInTerm(node: Node, from: NodeId, request: Vote | PreVote): VoteRefusal | null {
  const { term, last, transfer } = request
  // Thesis §6.4.1: a lease may rest on the promise.
  if (node.isBoundByPromise && !transfer && node.vote !== from) return boundTo(node)
  if (!mayGrantVote({ from, term, preVote: request.type === 'preVote' }, node)) return termIsTaken(node)
  const own = node.log.last
  return candidateLogIsUpToDate(last, own) ? null : { reason: 'log-behind', last: own }
}

/**
 * A candidate with a better log came too late in this term. It gets the time to ask first in the next one.
 * Else two that stand in turns, one of which does not know the other, may do so for ever.
 */
function giveWayToBetter(node: Node, { last }: Vote | PreVote): void {
  const own = node.log.last
  if (node.role === 'leader' || candidateLogIsUpToDate(own, last)) return
  node.timer.restart(node.now)
  node.timer.delay = node.config.electionTimeout
}

/** Refuses with the reason, in this node's own term. */
function refuse(node: Node, from: NodeId, request: Vote | PreVote, refusal: VoteRefusal): void {
  noteRefusal(node, from, request, refusal, true)
  const { term } = node
  const answer = { term, granted: false, refusal, ...committedToTell(node) }
  node.send(from, { type: `${request.type}Response`, ...answer })
}

function noteRefusal(
  { now: at, term: ownTerm, elections }: Node,
  candidate: NodeId,
  { type: kind, term, last }: Vote | PreVote,
  refusal: VoteRefusal,
  answered: boolean,
): void {
  elections.refused({ candidate, kind, term, last, at, ownTerm, refusal, answered })
}

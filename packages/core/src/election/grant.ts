// Answering a candidate (paper §5.2, §5.4.1; leader stickiness: thesis §4.2.3; pre-vote: thesis §9.6).
import { committedToTell } from '../membership/committed-change.ts'
import type { PreVote, Vote, VoteRefusal } from '../message.ts'
import type { Node } from '../node.ts'
import type { NodeId } from '../types.ts'
import { boundTo, termIsTaken } from './refusal.ts'
import { candidateLogIsUpToDate, mayGrantVote } from './vote.ts'

/** A node that has heard a leader within an election timeout helps nobody to depose it, unless the leader asked for that. */
export function sticksToLeader(node: Node, request: Vote | PreVote): boolean {
  if (request.transfer) return false
  return (node.config.checkQuorum && knowsLiveLeader(node)) || node.isBoundByPromise
}

/** A leader knows one: its quorum check runs by ticks, which may be late, and ends its role when it fails. */
export function knowsLiveLeader({ leader, role, now, timer, config }: Node): boolean {
  return leader !== null && (role === 'leader' || now - timer.start < config.electionTimeout)
}

/** Votes, or refuses. (A request of a later term has raised ours before, a pre-vote never does.) */
export function answerVoteRequest(node: Node, from: NodeId, request: Vote | PreVote): void {
  const preVote = request.type === 'preVote'
  const refusal = refusalOf(node, from, request)
  if (refusal !== null) {
    if (!preVote) giveWayToBetter(node, request)
    return refuseVote(node, from, request, refusal)
  }
  // In the term that was asked for: a pre-candidate waits for answers of that term, and ours may be older.
  const { term } = request
  const type = preVote ? 'preVoteResponse' : 'voteResponse'
  node.send(from, { type, term, granted: true, ...committedToTell(node) })
  node.elections.granted(from)
  if (preVote) return
  // §5.2: the wait begins anew, so that the candidate has the time to win.
  node.vote = from
  node.timer.restart(node.now)
}

/**
 * A candidate with a better log came too late in this term. It gets the time to ask in the next one first: else two that stand in turns, one
 * of which does not know the other, may do so for ever.
 */
function giveWayToBetter(node: Node, { last }: Vote | PreVote): void {
  const own = node.log.last
  if (node.role === 'leader' || candidateLogIsUpToDate(own, last)) return
  node.timer.restart(node.now)
  node.timer.delay = node.config.electionTimeout
}

/** What stands in the way of a vote, or null. */
function refusalOf(node: Node, from: NodeId, request: Vote | PreVote): VoteRefusal | null {
  const { term, last, transfer } = request
  if (node.isBoundByPromise && !transfer && node.vote !== from) return boundTo(node)
  if (!mayGrantVote({ from, term, preVote: request.type === 'preVote' }, node)) return termIsTaken(node)
  const own = node.log.last
  return candidateLogIsUpToDate(last, own) ? null : { reason: 'log-behind', last: own }
}

/** Refuses with the reason, in this node's own term. */
export function refuseVote(node: Node, from: NodeId, request: Vote | PreVote, refusal: VoteRefusal): void {
  node.elections.refuses(node, from, request, refusal, true)
  const type = request.type === 'preVote' ? 'preVoteResponse' : 'voteResponse'
  node.send(from, { type, term: node.term, granted: false, refusal, ...committedToTell(node) })
}

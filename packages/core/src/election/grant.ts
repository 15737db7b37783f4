// Answering a candidate (paper §5.2, §5.4.1; leader stickiness: thesis §4.2.3; pre-vote: thesis §9.6).
import { committedToTell } from '../membership/farewell.ts'
import type { PreVote, Vote } from '../message.ts'
import type { Node } from '../node.ts'
import type { NodeId } from '../types.ts'

/** A node that has heard a leader within an election timeout helps nobody to depose it, unless the leader asked for that. */
export function sticksToLeader(node: Node, request: Vote | PreVote): boolean {
  if (request.transfer) return false
  // A leader knows one: its quorum check runs by ticks, which may be late, and ends its role when it fails.
  const heardLately = node.now - node.electionStart < node.config.electionTimeout
  const knowsLiveLeader = node.leader !== null && (node.role === 'leader' || heardLately)
  return (node.config.checkQuorum && knowsLiveLeader) || node.promiseHolds
}

/** Votes, or refuses. (A request of a later term has raised ours before, a pre-vote never does.) */
export function answerVoteRequest(node: Node, from: NodeId, request: Vote | PreVote): void {
  const preVote = request.type === 'preVote'
  const type = preVote ? 'preVoteResponse' : 'voteResponse'
  const bound = node.promiseHolds && !request.transfer && node.vote !== from
  const may = !bound && node.rules.mayGrantVote({ from, term: request.term, preVote }, node)
  if (!may || !node.rules.candidateLogIsUpToDate(request.last, node.log.last, request.transfer)) {
    node.send(from, { type, term: node.term, granted: false, ...committedToTell(node) })
    return
  }
  node.send(from, { type, term: node.rules.grantedTerm(request.term, node.term), granted: true })
  if (!preVote) {
    node.electionStart = node.now
    node.vote = from
  }
}

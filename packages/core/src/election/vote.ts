// Votes: which candidate gets one, and when an election is won (paper §5.2, §5.4.1; pre-votes: thesis §9.6).
import { jointVote, type VoteResult } from '../quorum/index.ts'
import type { Configuration, EntryId, NodeId, Term } from '../types.ts'

export interface VoteRequest {
  readonly from: NodeId
  readonly term: Term
  readonly preVote: boolean
}

export interface VoterState {
  readonly term: Term
  readonly vote: NodeId | null
  readonly leader: NodeId | null
}

/** One answer to a candidate, in the order of arrival. A duplicated message is there twice. */
export interface ReceivedVote {
  readonly from: NodeId
  readonly granted: boolean
}

/** §5.4.1: the later last term wins; with equal terms the longer log. */
export function candidateLogIsUpToDate(candidate: EntryId, own: EntryId): boolean {
  return candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index)
}

/**
 * §5.2: one vote a term, repeated for the same candidate, since the answer may be lost. A pre-vote for a
 * later term binds nobody.
 */
export function mayGrantVote(request: VoteRequest, own: VoterState): boolean {
  if (own.vote === request.from) return true
  if (own.vote === null && own.leader === null) return true
  return request.preVote && request.term > own.term
}

/** §5.2: the vote after a move to `newTerm`. A vote is forgotten with its term and never before. */
export function retainedVote(vote: NodeId | null, oldTerm: Term, newTerm: Term): NodeId | null {
  return oldTerm === newTerm ? vote : null
}

/**
 * §5.2: a candidate wins with the votes of a majority of distinct voters. Only a voter's first answer counts.
 */
export function electionResult(received: readonly ReceivedVote[], configuration: Configuration): VoteResult {
  const votes = new Map<NodeId, boolean>()
  for (const { from, granted } of received) if (!votes.has(from)) votes.set(from, granted)
  return jointVote(configuration, votes)
}

/**
 * Figure 2: the term is on disk before its leader speaks. A majority of others may answer before this node's
 * own vote is durable. A leader that crashed then, and forgot the term, could win the same term again with
 * another log.
 */
export function mayBecomeLeader(received: readonly ReceivedVote[], self: NodeId): boolean {
  return received.some(({ from, granted }) => from === self && granted)
}

/**
 * Thesis §9.6: a granted pre-vote carries the term that was asked for. A grant of an earlier question does
 * not count.
 */
export function isGrantOfThisQuestion(granted: Term, own: Term): boolean {
  return granted === own + 1
}

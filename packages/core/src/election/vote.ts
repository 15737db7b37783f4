// Who may be granted a vote, and when an election is won (paper §5.2, §5.4.1).
import { jointVote } from '../quorum/joint.ts'
import type { VoteResult } from '../quorum/majority.ts'
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

/** One answer to a candidate, in the order of arrival; a duplicated message is there twice. */
export interface ReceivedVote {
  readonly from: NodeId
  readonly granted: boolean
}

/** §5.4.1: the later last term wins; with equal terms the longer log. Whoever asked for the election: a leader's transfer may come late. */
export function candidateLogIsUpToDate(candidate: EntryId, own: EntryId): boolean {
  return candidate.term > own.term || (candidate.term === own.term && candidate.index >= own.index)
}

/** §5.2: one vote a term, to be repeated for the same candidate (its answer may have been lost); a pre-vote for a later term binds nobody. */
export function mayGrantVote(request: VoteRequest, own: VoterState): boolean {
  if (own.vote === request.from) return true
  if (own.vote === null && own.leader === null) return true
  return request.preVote && request.term > own.term
}

/** §5.2: the vote that holds after moving to `newTerm`. It is forgotten with its term and never before. */
export function retainedVote(vote: NodeId | null, oldTerm: Term, newTerm: Term): NodeId | null {
  return oldTerm === newTerm ? vote : null
}

/** §5.2: a candidate wins with the votes of a majority of distinct voters. A voter's first answer counts. */
export function electionResult(received: readonly ReceivedVote[], configuration: Configuration): VoteResult {
  const votes = new Map<NodeId, boolean>()
  for (const { from, granted } of received) if (!votes.has(from)) votes.set(from, granted)
  return jointVote(configuration, votes)
}

// Terms of messages (paper §5.1).
import type { RaftConfig } from '../config.ts'
import type { Message } from '../message.ts'
import type { Term } from '../types.ts'

/** §5.1: a message of an earlier term is not acted upon. */
export function isOfEarlierTerm(message: Extract<Message, { term: Term }>, current: Term): boolean {
  return message.term < current
}

/**
 * Whether the sender of an earlier term must be told the later one. Else it may never rejoin: with pre-vote
 * it raises no term by itself, and with check-quorum its requests are not heard. A candidate is told too
 * (figure 2, RequestVote 1), as it would otherwise catch up by one term an election. With pre-vote that is
 * done by the answer to its pre-votes.
 */
export function mustLearnLaterTerm(
  message: Pick<Message, 'type'>,
  { checkQuorum, preVote }: Pick<RaftConfig, 'checkQuorum' | 'preVote'>,
  willAskSender: boolean,
): boolean {
  // Without either, this node will stand in a later term and so tell the leader. A learner never stands, and
  // a node with an older configuration may not ask that leader.
  if (message.type === 'heartbeat' || message.type === 'append')
    return checkQuorum || preVote || !willAskSender
  return message.type === 'preVote' || (message.type === 'vote' && !preVote)
}

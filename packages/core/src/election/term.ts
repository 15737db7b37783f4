// Which terms count (paper §5.1).
import type { RaftConfig } from '../config.ts'
import type { Message } from '../message.ts'
import type { Term } from '../types.ts'

/** §5.1: what comes from an earlier term is not acted upon; what it answers was asked in another life. */
export function isOfEarlierTerm(message: Extract<Message, { term: Term }>, current: Term): boolean {
  return message.term < current
}

/**
 * A leader or pre-candidate that is behind must learn of the later term, or it can never rejoin: with pre-vote it raises no
 * term by itself, and with check-quorum its requests are not heard. So must a candidate (figure 2, RequestVote 1), who
 * otherwise catches up a term an election, if at all; with pre-vote its pre-votes are answered.
 */
export function mustLearnLaterTerm(
  message: Pick<Message, 'type'>,
  { checkQuorum, preVote }: Pick<RaftConfig, 'checkQuorum' | 'preVote'>,
  willAskSender: boolean,
): boolean {
  // Otherwise this node will stand in a later term itself, and the leader learns of it then. A learner never does, nor does who
  // knows an older configuration, without that leader.
  if (message.type === 'heartbeat' || message.type === 'append')
    return checkQuorum || preVote || !willAskSender
  return message.type === 'preVote' || (message.type === 'vote' && !preVote)
}

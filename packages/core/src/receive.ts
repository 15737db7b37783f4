// A message comes in: first the rules of terms, the same in every role (paper §5.1, figure 2 “Rules for
// servers, all servers”), then the handler of the role.
import { isOfEarlierTerm, mustLearnLaterTerm } from './election/index.ts'
import { invariant } from './invariant.ts'
import { isAnswerOfNonMember, isVoter } from './membership/index.ts'
import type { Message } from './message.ts'
import { acknowledge, handleVoteRequest, learnCommitted, type Node } from './node/index.ts'
import { handlersOf, type RoleMessage } from './roles/index.ts'
import { index, type NodeId, type Term } from './types.ts'

type WithTerm = Extract<Message, { type: RoleMessage; term: Term }>

/** A message from a peer, or from this node to itself. */
export function receive(node: Node, from: NodeId, message: Message): void {
  if (message.type === 'vote' || message.type === 'preVote') return handleVoteRequest(node, from, message)
  if (isAnswerOfNonMember(message.type, from === node.id || node.progress.has(from))) return
  if (message.type === 'voteResponse' || message.type === 'preVoteResponse') {
    node.elections.heard(from, message, node.now)
    learnCommitted(node, message)
  }
  if ('term' in message) {
    if (message.term > node.term) adoptTerm(node, from, message)
    else if (isOfEarlierTerm(message, node.term)) return answerEarlierTerm(node, from, message)
  }
  invariant(
    !(isOfLeader(message) && node.role === 'leader'),
    () => `two leaders in term ${node.term}: ${node.id} and ${from}`,
  )
  const handle = handlersOf(node.role)[message.type] as (node: Node, from: NodeId, message: Message) => void
  handle(node, from, message)
}

/** Only a leader sends these. */
const isOfLeader = ({ type }: Message): boolean =>
  type === 'append' || type === 'heartbeat' || type === 'snapshot'

/** §5.1: a later term makes a follower. */
function adoptTerm(node: Node, from: NodeId, message: WithTerm): void {
  // A granted pre-vote carries the term that was asked for, which no node has reached yet.
  if (message.type === 'preVoteResponse' && message.granted) return
  node.becomeFollower(message.term, isOfLeader(message) ? from : null)
}

/**
 * §5.1: most messages of an earlier term are ignored, but a leader that is behind must learn of the later
 * one.
 */
function answerEarlierTerm(node: Node, from: NodeId, message: WithTerm): void {
  const willAskSender = node.promotable && isVoter(node.configuration, from)
  if (mustLearnLaterTerm(message, node.config, willAskSender)) acknowledge(node, from, index(0))
}

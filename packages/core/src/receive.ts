// A message comes in: first the rules of terms, the same in every role (paper §5.1, figure 2 "Rules for servers, all servers"),
// then the table of the role.
import { answerVoteRequest, refuseVote, sticksToLeader } from './election/grant.ts'
import { boundTo } from './election/refusal.ts'
import { isOfEarlierTerm, mustLearnLaterTerm } from './election/term.ts'
import { invariant } from './invariant.ts'
import { learnCommitted } from './membership/committed-change.ts'
import { isVoter } from './membership/configuration.ts'
import { isAnswerOfStranger } from './membership/stranger.ts'
import type { Message } from './message.ts'
import type { Node } from './node.ts'
import { handlersOf } from './roles/handlers-of.ts'
import { type EntryId, index, type NodeId, type Term, term } from './types.ts'

type WithTerm = Extract<Message, { term: Term }>

/** A message from a peer, or from this node to itself. */
export function receive(node: Node, from: NodeId, message: Message): void {
  if (isAnswerOfStranger(message.type, from === node.id || node.progress.has(from))) return
  if (message.type === 'voteResponse' || message.type === 'preVoteResponse') {
    node.elections.hears(from, message, node.now)
    learnCommitted(node, message)
  }
  if ('term' in message) {
    if (message.term > node.term && !adoptTerm(node, from, message)) return
    if (isOfEarlierTerm(message, node.term)) return answerEarlierTerm(node, from, message)
  }
  if (message.type === 'vote' || message.type === 'preVote') return answerVoteRequest(node, from, message)
  const fromLeader = message.type === 'append' || message.type === 'heartbeat' || message.type === 'snapshot'
  invariant(
    !(fromLeader && node.role === 'leader'),
    `two leaders in term ${node.term}: ${node.id} and ${from}`,
  )
  const handle = handlersOf(node.role)[message.type] as (node: Node, from: NodeId, message: Message) => void
  handle(node, from, message)
}

/** §5.1: a later term makes a follower of everybody. False: the message is to be ignored. */
function adoptTerm(node: Node, from: NodeId, message: WithTerm): boolean {
  switch (message.type) {
    case 'vote':
    case 'preVote':
      if (sticksToLeader(node, message)) {
        node.elections.refuses(node, from, message, boundTo(node), false)
        return false
      }
      if (message.type === 'vote') node.enterTermOfCandidate(message.term)
      return true
    case 'preVoteResponse':
      // Granted: the term is the one that was asked for, not one that anybody has reached.
      if (!message.granted) node.becomeFollower(message.term, null)
      return true
    case 'append':
    case 'heartbeat':
    case 'snapshot':
      node.becomeFollower(message.term, from)
      return true
    default:
      node.becomeFollower(message.term, null)
      return true
  }
}

/** §5.1: of an earlier term. Most is ignored; a leader or pre-candidate that is behind must learn of it, or it can never rejoin. */
function answerEarlierTerm(node: Node, from: NodeId, message: WithTerm): void {
  const isRequest = message.type === 'preVote' || message.type === 'vote'
  const willAskSender = node.promotable && isVoter(node.configuration, from)
  if (!mustLearnLaterTerm(message, node.config, willAskSender)) {
    if (isRequest) node.elections.refuses(node, from, message, { reason: 'later-term' }, false)
    return
  }
  if (isRequest) return refuseVote(node, from, message, { reason: 'later-term' })
  const nowhere: EntryId = { term: term(0), index: index(0) }
  node.send(from, {
    type: 'appendResponse',
    term: node.term,
    index: nowhere.index,
    rejected: false,
    hint: nowhere,
  })
}

// What a follower does with each message (paper §5.2, §5.3, figure 2 “Rules for servers, followers”).
import { electionDelay } from '../election/index.ts'
import { invariant } from '../invariant.ts'
import {
  conflictFreeSuffix,
  followerCommit,
  holds,
  isBehindCommit,
  isCommand,
  lastPlaceOfTermAtMost,
} from '../log/index.ts'
import type { Append, Heartbeat, InstallSnapshot } from '../message.ts'
import { acknowledge, installSnapshot, type Node, standForElection } from '../node/index.ts'
import { type EntryId, index, type NodeId } from '../types.ts'
import { type Handlers, ignore } from './handlers.ts'
import { forwardProposal, proposeAnswered } from './proposal.ts'
import { forwardRead, readAnswered } from './read.ts'

/** Figure 2, AppendEntries 2 to 5. */
export function handleAppend(node: Node, from: NodeId, message: Append): void {
  node.heardLeader(from)
  const { log } = node
  const { prev, entries } = message
  invariant(
    !node.config.electionOnly || !entries.some(isCommand),
    () => `${node.id} is configured to elect only, and its leader ${from} replicates commands`,
  )
  // Acknowledged no further than the commit index: nothing after it was compared.
  if (isBehindCommit(prev.index, log.commit)) return acknowledge(node, from, log.commit)
  if (!holds(log, prev)) return refuse(node, from, prev)
  log.append(conflictFreeSuffix(log, entries))
  const lastOfMessage = index(prev.index + entries.length)
  log.commitTo(followerCommit(message.commit, lastOfMessage))
  // Acknowledged up to the end of the message, not of the log, which may differ from the leader's after that.
  acknowledge(node, from, lastOfMessage)
}

/**
 * §5.3, end: hints where the logs may agree, so that a divergent tail costs a message a term, not a message
 * an entry.
 */
function refuse(node: Node, to: NodeId, prev: EntryId): void {
  const from = index(Math.min(prev.index, node.log.lastIndex))
  const hint = lastPlaceOfTermAtMost(node.log, from, prev.term)
  node.send(to, { type: 'appendResponse', term: node.term, index: prev.index, rejected: true, hint })
}

export function handleHeartbeat(node: Node, from: NodeId, message: Heartbeat): void {
  node.heardLeader(from)
  node.timer.delay = electionDelay(node.priority, message.successorPriority, node.config.electionTimeout)
  node.heldByAll = message.heldByAll
  node.log.commitTo(message.commit)
  node.send(from, {
    type: 'heartbeatResponse',
    term: node.term,
    sentAt: message.sentAt,
    round: message.round,
    priority: node.priority,
    promise: node.config.lease ? node.config.electionTimeout : 0,
  })
}

/** Figure 13. Acknowledged like an append, up to what the log holds then. */
export function handleSnapshot(node: Node, from: NodeId, { snapshot }: InstallSnapshot): void {
  node.heardLeader(from)
  const installed = installSnapshot(node, snapshot)
  acknowledge(node, from, installed ? node.log.lastIndex : node.log.commit)
}

export const follower: Handlers = {
  append: handleAppend,
  heartbeat: handleHeartbeat,
  snapshot: handleSnapshot,
  timeoutNow: (node) => standForElection(node, 'transfer'),
  transferLeader: (node, _from, message) => {
    if (node.leader !== null) node.send(node.leader, message)
  },
  propose: forwardProposal,
  proposeResponse: proposeAnswered,
  readIndex: forwardRead,
  readIndexResponse: readAnswered,
  appendResponse: ignore,
  voteResponse: ignore,
  preVoteResponse: ignore,
  heartbeatResponse: ignore,
}

// What a follower does with each message (paper §5.2, §5.3, figure 2 "Rules for servers, followers").
import { standForElection } from '../election/campaign.ts'
import { electionDelay } from '../election/priority.ts'
import { invariant } from '../invariant.ts'
import { isCommand } from '../log/command.ts'
import {
  conflictFreeSuffix,
  followerCommit,
  holds,
  isBehindCommit,
  lastPlaceOfTermAtMost,
} from '../log/match.ts'
import type { Append, Heartbeat, InstallSnapshot } from '../message.ts'
import type { Node } from '../node.ts'
import { installSnapshot } from '../snapshot/install.ts'
import { type EntryId, type Index, index, type NodeId, term } from '../types.ts'
import { type Handlers, ignore } from './handlers.ts'
import { followerPropose, proposeAnswered } from './proposal.ts'
import { readAnswered } from './read.ts'

const noHint: EntryId = { term: term(0), index: index(0) }

function acknowledge(node: Node, to: NodeId, upTo: Index): void {
  node.send(to, { type: 'appendResponse', term: node.term, index: upTo, rejected: false, hint: noHint })
}

/** Figure 2, AppendEntries 2 to 5. */
export function handleAppend(node: Node, from: NodeId, message: Append): void {
  node.heardLeader(from)
  const { log } = node
  const { prev, entries } = message
  invariant(
    !node.config.electionOnly || !entries.some(isCommand),
    `${node.id} is configured to elect only, and its leader ${from} replicates commands`,
  )
  // No further: nothing behind the commit was compared, and what is after it in our log may be another leader's.
  if (isBehindCommit(prev.index, log.commit)) return acknowledge(node, from, log.commit)
  if (!holds(log, prev)) return refuse(node, from, prev)
  log.append(conflictFreeSuffix(log, entries))
  const lastOfMessage = index(prev.index + entries.length)
  log.commitTo(followerCommit(message.commit, lastOfMessage))
  // Of the message, not of the log: what follows in our log may differ from the leader's.
  acknowledge(node, from, lastOfMessage)
}

/** §5.3, end: with a hint where the logs may agree, so that a divergent tail costs a message a term, not one an entry. */
function refuse(node: Node, to: NodeId, prev: EntryId): void {
  const from = index(Math.min(prev.index, node.log.lastIndex))
  const hint = lastPlaceOfTermAtMost(node.log, from, prev.term)
  node.send(to, { type: 'appendResponse', term: node.term, index: prev.index, rejected: true, hint })
}

export function handleHeartbeat(node: Node, from: NodeId, message: Heartbeat): void {
  node.heardLeader(from)
  node.timer.delay = electionDelay(node.priority, message.heirPriority, node.config.electionTimeout)
  node.heldByAll = message.heldByAll
  node.log.commitTo(message.commit)
  node.send(from, {
    type: 'heartbeatResponse',
    term: node.term,
    sentAt: message.sentAt,
    round: message.round,
    priority: node.priority,
  })
}

/** Figure 13. Acknowledged like an append, with what the log holds then. */
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
  propose: followerPropose,
  proposeResponse: proposeAnswered,
  readIndex: (node, from, message) => {
    if (node.leader !== null && from === node.id) node.send(node.leader, message)
    else if (from === node.id) node.readsReady.push({ request: message.request, index: null })
  },
  readIndexResponse: readAnswered,
  appendResponse: ignore,
  voteResponse: ignore,
  preVoteResponse: ignore,
  heartbeatResponse: ignore,
}

// Proposals on their way to the leader's log, and their outcomes on the way back (paper §5.3; thesis §6.2:
// followers forward them).
import { takesProposals } from '../election/index.ts'
import { isCommand } from '../log/index.ts'
import type { DropReason, Propose, ProposeResponse } from '../message.ts'
import { admitChanges, appendToOwnLog, broadcastAppend, type Node } from '../node/index.ts'
import type { EntryId, NodeId } from '../types.ts'

/** Tells the proposer: this node's runtime, or the member that forwarded. */
function report(
  node: Node,
  from: NodeId,
  { request }: Propose,
  at: EntryId | null,
  reason: DropReason | null,
): void {
  if (request === null) return
  if (from === node.id) node.proposals.push({ request, at, reason })
  else node.send(from, { type: 'proposeResponse', request, at, reason })
}

export function leaderPropose(node: Node, from: NodeId, message: Propose): void {
  if (message.entries.length === 0) return // no core sends that; it would be told the place of another's entry
  if (!node.progress.has(node.id)) return report(node, from, message, null, 'not-leader')
  if (node.config.electionOnly && message.entries.some(isCommand))
    return report(node, from, message, null, 'election-only')
  if (!takesProposals(node.transferTarget, node.config.witness))
    return report(node, from, message, null, 'transferring')
  const pending = node.pendingChange
  const at = appendToOwnLog(node, admitChanges(node, message))
  if (at === null) {
    node.pendingChange = pending // a change that was not appended must not hold up others
    return report(node, from, message, null, 'too-many-uncommitted')
  }
  report(node, from, message, at, null)
  broadcastAppend(node)
}

/**
 * On a follower or candidate: forwards this node's own proposals to the leader, if there is one. A proposal
 * of another member that wants an answer is refused, as that member will know a newer leader soon.
 */
export function forwardProposal(node: Node, from: NodeId, message: Propose): void {
  if (node.leader === null) return report(node, from, message, null, 'no-leader')
  if (from !== node.id && message.request !== null) return report(node, from, message, null, 'not-leader')
  if (!node.config.forwardProposals) return report(node, from, message, null, 'forwarding-off')
  node.send(node.leader, message)
}

/** In any role: the outcome of a proposal that this node forwarded. */
export function proposeAnswered(node: Node, _from: NodeId, { request, at, reason }: ProposeResponse): void {
  node.proposals.push({ request, at, reason })
}

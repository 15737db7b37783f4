// Proposals on their way to the leader's log, and their outcome on the way back (paper §5.3; thesis §6.2: followers pass
// them on).
import { isCommand } from '../log/command.ts'
import { admitChanges } from '../membership/activate.ts'
import type { DropReason, Propose, ProposeResponse } from '../message.ts'
import type { Node } from '../node.ts'
import { appendToOwnLog, broadcastAppend } from '../replication.ts'
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

/** Thesis §3.10, step 1: not while leadership is handed over. A witness will do that as soon as it can: as good as begun. */
export function takesProposals(handsOverTo: NodeId | null, witness: boolean): boolean {
  return handsOverTo === null && !witness
}

export function leaderPropose(node: Node, from: NodeId, message: Propose): void {
  if (message.entries.length === 0) return // no core sends that; it would be told the place of somebody else's
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

/** Forwards its own; refuses others' that want an answer, since whoever forwarded them knows a newer leader soon enough. */
export function followerPropose(node: Node, from: NodeId, message: Propose): void {
  if (node.leader === null) return report(node, from, message, null, 'no-leader')
  if (from !== node.id && message.request !== null) return report(node, from, message, null, 'not-leader')
  if (!node.config.forwardProposals) return report(node, from, message, null, 'forwarding-off')
  node.send(node.leader, message)
}

export function candidatePropose(node: Node, from: NodeId, message: Propose): void {
  report(node, from, message, null, 'no-leader')
}

/** In any role: what became of a proposal that this node forwarded. */
export function proposeAnswered(node: Node, _from: NodeId, { request, at, reason }: ProposeResponse): void {
  node.proposals.push({ request, at, reason })
}

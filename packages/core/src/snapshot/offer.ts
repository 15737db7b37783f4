// Offering a snapshot (paper §7): the leader's log does not reach back to what a member needs.
import type { Node } from '../node.ts'
import type { Progress } from '../progress/progress.ts'
import type { NodeId } from '../types.ts'

/**
 * Sends the snapshot's offer, and nothing more until it is in. Not to a member that is silent: it would only be lost. A witness has no
 * state to offer.
 */
export function offerSnapshot(node: Node, to: NodeId, progress: Progress): boolean {
  const { snapshot } = node.log
  if (!progress.recentActive || snapshot === null || node.config.witness) return false
  progress.becomeSnapshot(snapshot.index)
  node.send(to, { type: 'snapshot', term: node.term, snapshot })
  return true
}

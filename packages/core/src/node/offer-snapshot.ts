// Offering a snapshot (paper §7), to a member that needs entries which the leader has compacted away.
import type { Progress } from '../progress/index.ts'
import type { NodeId } from '../types.ts'
import type { Node } from './node.ts'

/**
 * Offers the snapshot that the log begins with, and sends nothing more until it is installed. A silent member
 * is offered none, as it would be lost. A witness has no state to offer.
 */
export function offerSnapshot(node: Node, to: NodeId, progress: Progress): boolean {
  const { snapshot } = node.log
  if (!progress.recentActive || snapshot === null || node.config.witness) return false
  progress.becomeSnapshot(snapshot.index)
  node.send(to, { type: 'snapshot', term: node.term, snapshot })
  return true
}

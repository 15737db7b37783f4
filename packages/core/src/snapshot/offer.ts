// Offering a snapshot (paper §7): the leader's log does not reach back to what a member needs.
import type { Node } from '../node.ts'
import type { Progress } from '../progress/progress.ts'
import type { Index, NodeId, SnapshotMeta } from '../types.ts'

/** The one that the log begins with, also where nothing follows it: an idle cluster compacts up to its last entry. */
export function snapshotToOffer(log: {
  readonly snapshot: SnapshotMeta | null
  readonly lastIndex: Index
}): SnapshotMeta | null {
  return log.snapshot
}

/**
 * Sends the snapshot's offer, and nothing more until it is in. Not to a member that is silent: it would only be lost. A witness has no
 * state to offer.
 */
export function offerSnapshot(node: Node, to: NodeId, progress: Progress): boolean {
  const snapshot = node.rules.snapshotToOffer(node.log)
  if (!progress.recentActive || snapshot === null || node.config.witness) return false
  progress.becomeSnapshot(snapshot.index)
  node.send(to, { type: 'snapshot', term: node.term, snapshot })
  return true
}

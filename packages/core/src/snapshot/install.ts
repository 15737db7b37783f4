// Installing a snapshot (paper §7, figure 13): for a follower whose next entries the leader has compacted away.
//
// The core speaks of a snapshot by its meta data: index, term, membership. Its bytes are the runtime's to move: it hands the
// message to the receiver's core when they are all there.
import { holds } from '../log/match.ts'
import type { Node } from '../node.ts'
import { type EntryId, type Index, index, type SnapshotMeta } from '../types.ts'

/** §7: only a snapshot that reaches beyond what is committed here tells anything new. */
export function isNewerThanCommitted(snapshot: EntryId, commit: Index): boolean {
  return snapshot.index > commit
}

/**
 * Replaces the log by the snapshot; false where there is nothing to replace. If the log holds the snapshot's last entry,
 * everything up to it is committed, and what follows it is kept (figure 13, 6): acknowledged entries must not be lost.
 */
export function installSnapshot(node: Node, snapshot: SnapshotMeta): boolean {
  if (!isNewerThanCommitted(snapshot, node.log.commit) || node.role !== 'follower') return false
  const last: EntryId = { term: snapshot.term, index: snapshot.index }
  if (holds(node.log, last)) {
    node.log.commitTo(snapshot.index)
    return false
  }
  node.log.restore(snapshot)
  node.unactivated = []
  // §7: it replaces whatever was known, later changes included: they are gone with the log. This node need not be in it: it may have been
  // added after the snapshot was taken.
  node.switchTo(snapshot.configuration, index(snapshot.index))
  return true
}

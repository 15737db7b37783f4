// Installing a snapshot (paper §7, figure 13), on a follower whose next entries the leader has compacted
// away.
//
// The core knows a snapshot by its meta data: index, term, membership. The runtime moves its bytes, and hands
// the message to the receiver's core when they are all there.
import { holds, isNewerThanCommitted } from '../log/index.ts'
import { type EntryId, index, type SnapshotMeta } from '../types.ts'
import type { Node } from './node.ts'

/**
 * Replaces the log by the snapshot; false if there is nothing to replace. If the log holds the snapshot's
 * last entry, everything up to it is committed, and the entries after it stay (figure 13, 6): acknowledged
 * entries must not be lost.
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
  // §7: later changes are gone with the log. This node need not be in the configuration: it may have been
  // added after the snapshot.
  node.switchTo(snapshot.configuration, index(snapshot.index))
  return true
}

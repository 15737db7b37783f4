// A witness: a voter without a state machine, so that two full members and a small third process make a cluster that survives the loss
// of any of them. (Thesis §11.7.2, after Harp.)
//
// It keeps the log, for the one entry that only it and a leader that died may hold is what the other full member needs: then it
// wins the election, brings that member up to date, and hands over at once. It serves nothing meanwhile: no lease, no
// proposals, no snapshots, which it could not make. So its log is the one copy besides a member's state, and it may forget only
// what every voter holds (snapshot/compaction.ts).
import { votersOf } from '../membership/configuration.ts'
import type { Node } from '../node.ts'
import { type Index, index } from '../types.ts'

/** Everything up to here is in the log, or the state, of every voter. */
export function heldByAll(node: Node): Index {
  let least = node.log.lastIndex
  for (const voter of votersOf(node.configuration)) {
    const match = node.progress.get(voter)?.match ?? index(0)
    if (match < least) least = match
  }
  return least
}

// A witness: a voter without a state machine. Two full members and a small third process then make a cluster
// that survives the loss of any of them (thesis §11.7.2, after Harp).
//
// A witness keeps the log, as it may hold the one entry that a dead leader has and the other full member
// needs. Then it wins the election, brings that member up to date, and transfers leadership at once.
// Meanwhile it serves nothing: no lease, no proposals, no snapshots, which it could not make. Its log is the
// only copy beside the members' states, so it may forget only what every voter holds (compaction.ts).
import { isCaughtUp } from '../election/index.ts'
import { isVoter } from '../membership/index.ts'
import type { NodeId } from '../types.ts'
import type { Node } from './node.ts'
import { beginTransfer } from './transfer.ts'

/** On a witness that leads: transfers leadership to `member`, if that has the whole log. */
export function transferAsWitness(node: Node, member: NodeId): void {
  const progress = node.progress.get(member)
  if (!node.config.witness || node.transferTarget !== null || progress === undefined) return
  if (!isVoter(node.configuration, member) || node.log.commit < node.termStart) return
  if (!isCaughtUp(progress.match, node.log.lastIndex) || node.now < node.noWitnessTransferBefore) return
  // Two witnesses alone would do nothing but transfer leadership to one another.
  node.noWitnessTransferBefore = node.now + node.config.electionTimeout
  beginTransfer(node, member)
}

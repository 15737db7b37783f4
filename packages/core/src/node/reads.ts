// Linearizable reads at the leader (thesis §6.4). A read notes the commit index. Once a quorum has answered a
// heartbeat that was sent *after* the read arrived, no later leader can have committed anything before it.
import { leaseHolds } from '../election/index.ts'
import { hasCommittedInOwnTerm, isAlone, type PendingRead, roundConfirmed } from '../read/index.ts'
import type { Index, NodeId } from '../types.ts'
import type { Node } from './node.ts'

/** A read at the leader, its own or a follower's. */
export function leaderRead(node: Node, read: PendingRead): void {
  // Step 2: a read sees everything that was committed before it began, applied or not.
  const at = node.log.commit
  if (!hasCommittedInOwnTerm(at, node.termStart)) node.reads.postpone(read)
  else if (
    isAlone(node.configuration, node.id) ||
    (read.policy === 'lease' && leaseHolds(node.leaseDeadline, node.now))
  )
    answer(node, read, at)
  // The next round of heartbeats is the first one that is sent after the read arrived.
  else node.reads.add(read, at, node.reads.round + 1)
}

/** After the leader's first commit in its term: reads that came before begin now. */
export function releasePostponedReads(node: Node): void {
  if (hasCommittedInOwnTerm(node.log.commit, node.termStart))
    for (const read of node.reads.takePostponed()) leaderRead(node, read)
}

export function confirmReads(node: Node): void {
  if (node.reads.isEmpty) return
  const answered = (member: NodeId): number | undefined => node.progress.get(member)?.answeredRound
  const round = roundConfirmed(node.configuration, answered)
  for (const read of node.reads.confirm(round)) answer(node, read, read.commit)
}

function answer(node: Node, { from, request }: PendingRead, at: Index): void {
  if (from === node.id) node.readsReady.push({ request, index: at })
  else node.send(from, { type: 'readIndexResponse', request, index: at })
}

// CLAIM: what a leader believes a member to hold is on that member's disk and equals the leader's log there
// (paper §5.3, figure 2: matchIndex). It reports at once what CQ and DUR report only after a commit. It is
// checked only now and then, since asking a core for its view takes long.
// Kills L5, W1.
import type { Event } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

const EVERY = 6

export class MatchesAreDurable implements Watcher {
  readonly #nodes: readonly SimNode[]
  #answers = 0

  constructor(nodes: readonly SimNode[]) {
    this.#nodes = nodes
  }

  stepped({ raft, id, log, replica, isRestoring }: SimNode, event: Event): void {
    if (event.type !== 'receive' || event.message.type !== 'appendResponse') return
    // Its table, which says which disk is meant, is in the snapshot.
    if (isRestoring) return
    if (raft.role !== 'leader' || ++this.#answers % EVERY !== 0) return
    const { progress } = raft.inspect()
    const { members } = replica.members.table
    for (const node of this.#nodes) {
      const { id: member } = node
      const disk = node.diskOf(members.get(member)?.incarnation)
      const match = progress.get(member)?.match ?? 0
      // In a later term it may have replaced the entry.
      if (member === id || match === 0 || disk.durableHardState.term > raft.term) continue
      const { durableLog } = disk
      if (match < durableLog.start.index) continue
      const held = durableLog.termAt(match)
      const ours = log.termAt(match)
      if (held !== undefined && (ours === undefined || held === ours)) continue
      throw new Violation(
        'CLAIM',
        `${id} believes that ${member} holds ${match}@${ours}; on its disk ${held === undefined ? `the log ends at ${durableLog.lastIndex}` : `is ${match}@${held}`}`,
      )
    }
  }
}

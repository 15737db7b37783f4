// ORD: purged ≤ snapshot ≤ applied ≤ commit ≤ last (paper figure 2, §7), and a core reports the log that it
// handed out.
// Kills L11, L13, S1, W1, W3, S5, W5, S23.
import type { Effects } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

export class InOrder implements Watcher {
  /** Per node: how often all its snapshots were damaged, when it had one that its log goes on from. */
  readonly #depletions: number[] = []

  stepped(node: SimNode): void {
    const { applied, commit } = node.raft
    if (applied > commit || (applied > node.machine.index && !node.isRestoring))
      throw new Violation(
        'ORD',
        `${node.id} reports applied ${applied}, commit ${commit}, but its state machine is at ${node.machine.index}`,
      )
  }

  taken(node: SimNode, { role }: Effects): void {
    const { log, raft, disk } = node
    if (raft.commit > log.lastIndex)
      throw new Violation('ORD', `${node.id} commits ${raft.commit}, but its log ends at ${log.lastIndex}`)
    // While a snapshot is being installed, the log starts after the last applied entry.
    if (node.installing === null && log.start.index > raft.applied)
      throw new Violation(
        'ORD',
        `${node.id} has applied ${raft.applied}, but its log starts after ${log.start.index}`,
      )
    const snapshot = disk.durableSnapshot?.index ?? 0
    const { depletions } = disk.snapshots
    if (disk.log.firstIndex - 1 <= snapshot) this.#depletions[node.place] = depletions
    else if (depletions === (this.#depletions[node.place] ?? 0))
      throw new Violation(
        'ORD',
        `${node.id}'s log starts at ${disk.log.firstIndex}, but the snapshot on its disk is of ${snapshot}`,
      )
    // A witness stores an empty one for each that it is offered.
    const takenAt = node.config.witness ? 0 : disk.snapshots.takenAt
    if (node.installing === null && !node.isRestoring && takenAt > node.machine.index)
      throw new Violation(
        'ORD',
        `${node.id} has taken a snapshot of ${takenAt}, but its state machine is at ${node.machine.index}`,
      )
    if (role === null) return
    const { lastIndex, lastTerm } = raft.inspect()
    if (lastIndex !== log.lastIndex || lastTerm !== log.last.term)
      throw new Violation(
        'ORD',
        `${node.id} reports a log that ends at ${lastIndex}@${lastTerm}, but it handed out ${log.lastIndex}@${log.last.term}`,
      )
  }
}

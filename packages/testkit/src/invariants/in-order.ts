// ORD: applied ≤ commit ≤ last, and what a core says of its log is what it handed out.
import type { Effects } from '@oarlock/core'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

export class InOrder implements Watcher {
  stepped(node: SimNode): void {
    const { applied, commit } = node.raft
    if (applied > commit || applied > node.machine)
      throw new Violation(
        'ORD',
        `${node.id} says applied ${applied}, commit ${commit}; its state machine is at ${node.machine}`,
      )
  }

  taken(node: SimNode, { role }: Effects): void {
    const { log, raft } = node
    if (raft.commit > log.length)
      throw new Violation('ORD', `${node.id} commits ${raft.commit}, its log ends at ${log.length}`)
    if (role === null) return
    const { lastIndex, lastTerm } = raft.inspect()
    if (lastIndex !== log.length || lastTerm !== (log.at(-1)?.term ?? 0))
      throw new Violation(
        'ORD',
        `${node.id} says its log ends at ${lastIndex}@${lastTerm}, it handed out ${log.length}@${log.at(-1)?.term ?? 0}`,
      )
  }
}

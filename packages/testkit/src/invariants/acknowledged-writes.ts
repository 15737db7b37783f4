// DUR: at the end every acknowledged write is on every disk, where its proposer was told; DROP: no refused one is anywhere.
import type { CommittedLog } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'
import { type Workload, writeOf } from '../workload.ts'

export class AcknowledgedWrites implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #workload: Workload
  readonly #committed: CommittedLog

  constructor(nodes: readonly SimNode[], workload: Workload, committed: CommittedLog) {
    this.#nodes = nodes
    this.#workload = workload
    this.#committed = committed
  }

  ended(): void {
    for (const write of this.#workload.writes) {
      if (!write.acknowledged || write.at === null) continue
      for (const node of this.#nodes) {
        const entry = node.disk.durableLog[write.at.index - 1]
        if (entry === undefined || entry.term !== write.at.term || writeOf(entry) !== write.id)
          throw new Violation(
            'DUR',
            `write #${write.id}, acknowledged at ${write.at.index}@${write.at.term}, is not on ${node.id}'s disk`,
          )
      }
    }
    for (const entry of this.#committed.entries) {
      const write = this.#workload.writes[writeOf(entry) - 1]
      if (write?.refused === true && !write.duplicated)
        throw new Violation('DROP', `write #${write.id} was refused (${write.reason}) and is committed`)
    }
  }
}

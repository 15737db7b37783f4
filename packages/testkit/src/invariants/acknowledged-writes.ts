// DUR: at the end every acknowledged write is on the disk of every member that has not lost its disk, at its
// reported place or in the snapshot (paper §5.3: committed is durable). DROP: no refused write takes effect.
// Kills K5, W1.
import type { Workload } from '../clients/index.ts'
import { writeOf } from '../machine/index.ts'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isMember } from '../model/index.ts'
import { Violation } from '../world/index.ts'

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
    // One that was removed has stopped. It may have been added again, and nobody has started it yet.
    const members = this.#nodes.filter(
      ({ id, lost, retired }) => !lost && !retired && isMember(this.#committed.configuration, id),
    )
    for (const write of this.#workload.writes) {
      if (write.at === null) continue
      const { index, term } = write.at
      for (const { id, disk } of members) {
        // A snapshot has the state of the committed log (SMS), so it has the write if that is committed.
        const entry =
          index <= disk.durableLog.start.index
            ? this.#committed.entries[index - 1]
            : disk.durableLog.at(index)
        if (entry === undefined || entry.term !== term || writeOf(entry) !== write.id)
          throw new Violation(
            'DUR',
            `write #${write.id}, acknowledged at ${index}@${term}, is not on ${id}'s disk`,
          )
      }
    }
    for (const [at, entry] of this.#committed.entries.entries()) {
      if (this.#committed.verdicts[at] !== 'effect') continue
      const write = this.#workload.writes[writeOf(entry) - 1]
      if (write?.outcome === 'refused' && !write.duplicated)
        throw new Violation('DROP', `write #${write.id} was refused (${write.reason}) but is committed`)
    }
  }
}

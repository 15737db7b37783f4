// SMS: if a node has applied an entry at an index, no node ever applies another one there (paper §5.4.3, figure 3); each
// applies every index once, in order, save those that a snapshot stands for; and at one index all states are the same.
import type { Entry } from '@oarlock/core'
import { type CommittedLog, place, sameEntry } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import type { Snapshot } from '../snapshot.ts'
import { Violation } from '../violation.ts'

export class StateMachineSafety implements Watcher {
  readonly #committed: CommittedLog
  /** Per node: the index it applied last. */
  readonly #last: number[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started(node: SimNode): void {
    this.#last[node.place] = node.machine.index
    this.#compareState(node)
  }

  installed(node: SimNode, snapshot: Snapshot): void {
    const last = this.#last[node.place]!
    if (snapshot.index < last)
      throw new Violation(
        'SMS',
        `${node.id} installs a snapshot of ${snapshot.index}; it had applied ${last}`,
      )
    this.#last[node.place] = snapshot.index
    this.#compareState(node)
  }

  applied(node: SimNode, entry: Entry): void {
    const last = this.#last[node.place]!
    if (entry.index !== last + 1)
      throw new Violation('SMS', `${node.id} applies ${place(entry)} right after index ${last}`)
    this.#last[node.place] = entry.index
    const committed = this.#committed.entries[last]
    if (committed === undefined || !sameEntry(committed, entry))
      throw new Violation(
        'SMS',
        `${node.id} applies ${place(entry)}; ${committed === undefined ? 'nothing' : place(committed)} is committed there`,
      )
    this.#compareState(node)
  }

  #compareState({ id, machine }: SimNode): void {
    if (machine.state !== this.#committed.states[machine.index])
      throw new Violation('SMS', `${id}'s state at ${machine.index} is not what the committed entries make`)
  }
}

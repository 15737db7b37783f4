// SMS: if a node has applied an entry at an index, no node ever applies another one there (paper §5.4.3, figure 3); and
// each applies every index once, in order.
import type { Entry } from '@oarlock/core'
import { type CommittedLog, place, sameEntry } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

export class StateMachineSafety implements Watcher {
  readonly #committed: CommittedLog
  readonly #applied: Entry[] = []
  /** Per node: the index it applied last. */
  readonly #last: number[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started(node: SimNode): void {
    this.#last[node.place] = 0
  }

  applied(node: SimNode, entry: Entry): void {
    const last = this.#last[node.place]!
    if (entry.index !== last + 1)
      throw new Violation('SMS', `${node.id} applies ${place(entry)} right after index ${last}`)
    this.#last[node.place] = entry.index
    const known = this.#applied[last]
    if (known === undefined) this.#applied.push(entry)
    else if (!sameEntry(known, entry))
      throw new Violation(
        'SMS',
        `${node.id} applies ${place(entry)} where another node applied ${place(known)}`,
      )
    const committed = this.#committed.entries[last]
    if (committed === undefined || !sameEntry(committed, entry))
      throw new Violation('SMS', `${node.id} applies ${place(entry)}, which is not committed`)
  }
}

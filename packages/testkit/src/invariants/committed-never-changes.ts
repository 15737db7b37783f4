// CI: what one node has committed every node commits, and nobody ever replaces it (paper §5.4, figure 3).

import type { Effects } from '@oarlock/core'
import { type CommittedLog, place, sameEntry } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

export class CommittedNeverChanges implements Watcher {
  readonly #committed: CommittedLog
  /** Per node: its committed prefix was compared up to here. */
  readonly #compared: number[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started(node: SimNode): void {
    this.#compared[node.place] = 0
    this.#compare(node)
  }

  taken(node: SimNode, { persist }: Effects): void {
    const first = persist?.entries[0]
    // What it replaces has to be the same again.
    if (first !== undefined && first.index <= this.#compared[node.place]!)
      this.#compared[node.place] = first.index - 1
    this.#compare(node)
  }

  #compare(node: SimNode): void {
    const { commit, term } = node.raft
    const committed = this.#committed
    let at = this.#compared[node.place]!
    for (; at < commit; at++) {
      const entry = node.log[at]
      if (entry === undefined)
        throw new Violation('CI', `${node.id} has committed up to ${commit}, but its log ends at ${at}`)
      const known = committed.entries[at]
      if (known === undefined) committed.push(entry, term)
      else if (!sameEntry(known, entry))
        throw new Violation(
          'CI',
          `${node.id} commits ${place(entry)}, but ${place(known)} was committed in term ${committed.committedIn[at]}`,
        )
    }
    this.#compared[node.place] = at
  }
}

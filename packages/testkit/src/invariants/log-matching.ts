// LM: two logs with an entry of the same index and term are the same up to it (paper §5.3, figure 3). By induction it is
// enough that an (index, term) always comes with the same data and after the same (index, term).
import type { Effects, Entry, Term } from '@oarlock/core'
import { place, sameEntry } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

interface Known {
  readonly entry: Entry
  readonly previousTerm: Term | 0
}

export class LogMatching implements Watcher {
  /** All that was ever seen at an index, one for each term. */
  readonly #known: Known[][] = []

  taken(node: SimNode, { persist }: Effects): void {
    if (persist === null) return
    const { entries } = persist
    const first = entries[0]
    if (first === undefined) return
    if (node.log.length !== first.index - 1 + entries.length)
      throw new Violation('LM', `${node.id} appends ${place(first)} and leaves a gap`)
    let previousTerm: Term | 0 = node.log[first.index - 2]?.term ?? 0
    for (const entry of entries) {
      this.#compare(node, entry, previousTerm)
      previousTerm = entry.term
    }
  }

  #compare(node: SimNode, entry: Entry, previousTerm: Term | 0): void {
    const atIndex = this.#known[entry.index] ?? []
    if (atIndex.length === 0) this.#known[entry.index] = atIndex
    for (const known of atIndex) {
      if (known.entry.term !== entry.term) continue
      if (!sameEntry(known.entry, entry))
        throw new Violation('LM', `${node.id} has another entry at ${place(entry)}`)
      if (known.previousTerm !== previousTerm)
        throw new Violation(
          'LM',
          `${node.id} has ${place(entry)} after an entry of term ${previousTerm}, elsewhere it follows one of term ${known.previousTerm}`,
        )
      return
    }
    atIndex.push({ entry, previousTerm })
  }
}

// LM: if two logs have an entry with the same index and term, they are identical up to it (paper §5.3, figure
// 3). By induction it is enough that an entry of an index and term always has the same data and the same
// predecessor.
// Kills L3, W3, W19.
import type { Effects, Entry, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { sameEntry } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

interface Known {
  readonly entry: Entry
  readonly previousTerm: Term
}

export class LogMatching implements Watcher {
  /** Per index: every entry that was ever seen there, one for each term. */
  readonly #known: Known[][] = []

  taken(node: SimNode, { persist }: Effects): void {
    if (persist === null) return
    const { entries } = persist
    const first = entries[0]
    if (first === undefined) return
    const last = entries.at(-1)!
    const gapless = last.index === first.index + entries.length - 1 && node.log.lastIndex === last.index
    if (!gapless) throw new Violation('LM', `${node.id} appends ${place(first)} and leaves a gap`)
    let previousTerm = node.log.termAt(first.index - 1)
    if (previousTerm === undefined)
      throw new Violation('LM', `${node.id} appends ${place(first)} without the entry before it`)
    for (const entry of entries) {
      this.#compare(node, entry, previousTerm)
      previousTerm = entry.term
    }
  }

  #compare(node: SimNode, entry: Entry, previousTerm: Term): void {
    const atIndex = this.#known[entry.index] ?? []
    if (atIndex.length === 0) this.#known[entry.index] = atIndex
    for (const known of atIndex) {
      if (known.entry.term !== entry.term) continue
      if (!sameEntry(known.entry, entry))
        throw new Violation('LM', `${node.id} has another entry at ${place(entry)}`)
      if (known.previousTerm !== previousTerm)
        throw new Violation(
          'LM',
          `${node.id} has ${place(entry)} after an entry of term ${previousTerm}; elsewhere it follows one of term ${known.previousTerm}`,
        )
      return
    }
    atIndex.push({ entry, previousTerm })
  }
}

// CI: every node commits the same entry at an index, and a committed entry is never replaced (paper §5.4,
// figure 3).
// Kills L2, L5, L12, L23, M3, M5, M21, S2, S13, W3, W13, W15, W17, W19, S19.
import type { Effects, EntryId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, sameEntry } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class CommittedNeverChanges implements Watcher {
  readonly #committed: CommittedLog
  /** Per node: how far its committed prefix was compared. */
  readonly #compared: number[] = []

  constructor(committed: CommittedLog) {
    this.#committed = committed
  }

  started(node: SimNode): void {
    this.#compared[node.place] = 0
    this.#beginsCommitted(node, node.log.start)
    this.#compare(node)
  }

  taken(node: SimNode, { persist }: Effects): void {
    if (persist !== null && persist.snapshot !== null) this.#beginsCommitted(node, persist.snapshot)
    const first = persist?.entries[0]
    // Replaced entries must be compared again.
    if (first !== undefined && first.index <= this.#compared[node.place]!)
      this.#compared[node.place] = first.index - 1
    this.#compare(node)
  }

  /** The last entry in a snapshot is committed. */
  #beginsCommitted(node: SimNode, { index, term }: EntryId): void {
    if (index === 0) return
    const known = this.#committed.entries[index - 1]
    if (known === undefined || known.term !== term)
      throw new Violation(
        'CI',
        `${node.id} has a snapshot of ${index}@${term}, but ${known === undefined ? 'nothing' : place(known)} is committed there`,
      )
    this.#compared[node.place] = index
  }

  #compare(node: SimNode): void {
    const { commit, term } = node.raft
    const committed = this.#committed
    // A compacted entry was compared before it was applied.
    let at = Math.max(this.#compared[node.place]!, node.log.start.index)
    for (; at < commit; at++) {
      const entry = node.log.at(at + 1)
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

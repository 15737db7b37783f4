// When a removed node may be told that it is no longer a member. A change of the membership takes effect when
// it is applied, and the commit index is not written for its own sake. So members that crash may come up with
// the earlier membership and need a majority of it, the removed node included. That ends when one more entry
// is committed which was proposed after the change took effect: then a majority of the new members has
// written that the change is committed, and a candidate learns it from them.
import type { RaftView } from '@oarlock/core'

export class RemovalNotice {
  #term = -1
  #configurationIndex = -1
  /** A committed entry at this index proves that the membership cannot be forgotten. */
  #provedAt = Number.POSITIVE_INFINITY

  #look({ term, configurationIndex, lastIndex }: RaftView): void {
    if (term === this.#term && configurationIndex === this.#configurationIndex) return
    this.#term = term
    this.#configurationIndex = configurationIndex
    this.#provedAt = lastIndex + 1
  }

  /** `view`: of a leader. Whether the membership in force survives a crash of all members. */
  isDurable(view: RaftView): boolean {
    this.#look(view)
    return view.applied >= this.#provedAt
  }

  /** Whether the entry that proves it must still be proposed. */
  needsEntry(view: RaftView): boolean {
    this.#look(view)
    return view.lastIndex < this.#provedAt
  }
}

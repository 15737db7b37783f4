// When a node that was removed may be told so. A change of the membership takes effect when it is applied, and that it is committed is not
// written down for its own sake. So members that crash may come up again with the membership from before, and need a majority of that:
// whoever was removed must be there still. Until one entry more is committed, which was proposed after the change had taken effect: a
// majority of the new members has then written that the change is committed, and whoever stands learns it from them.
import type { RaftView } from '@oarlock/core'

export class RemovalNotice {
  #term = -1
  #configurationIndex = -1
  /** An entry that is committed there proves it. */
  #provedAt = Number.POSITIVE_INFINITY

  #look({ term, configurationIndex, lastIndex }: RaftView): void {
    if (term === this.#term && configurationIndex === this.#configurationIndex) return
    this.#term = term
    this.#configurationIndex = configurationIndex
    this.#provedAt = lastIndex + 1
  }

  /** To be asked of a leader. The membership that is in force will not be forgotten any more. */
  isRemembered(view: RaftView): boolean {
    this.#look(view)
    return view.applied >= this.#provedAt
  }

  /** The entry that would prove it is not under way yet. */
  needsEntry(view: RaftView): boolean {
    this.#look(view)
    return view.lastIndex < this.#provedAt
  }
}

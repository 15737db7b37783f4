// APPEND: a leader never overwrites or deletes entries of its own log; it only appends (paper §5.3, figure 3:
// leader append-only).
// No listed mutant: it fires where a leader writes over its last entry (so do LM and CI).
import type { Effects, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

interface Leading {
  readonly term: Term
  readonly life: number
  /** The end of its log at the last check. */
  last: number
}

export class LeaderAppendsOnly implements Watcher {
  readonly #leading: (Leading | undefined)[] = []

  taken(node: SimNode, { persist }: Effects): void {
    const { raft, life, log } = node
    if (raft.role !== 'leader') {
      this.#leading[node.place] = undefined
      return
    }
    const before = this.#leading[node.place]
    if (before === undefined || before.term !== raft.term || before.life !== life) {
      this.#leading[node.place] = { term: raft.term, life, last: log.lastIndex }
      return
    }
    const first = persist?.entries[0]
    if (persist !== null && persist.snapshot !== null)
      throw new Violation('APPEND', `${node.id} leads term ${raft.term} and replaces its log by a snapshot`)
    if (first !== undefined && first.index <= before.last)
      throw new Violation(
        'APPEND',
        `${node.id} leads term ${raft.term} and writes ${place(first)} over its own log, which ended at ${before.last}`,
      )
    before.last = log.lastIndex
  }
}

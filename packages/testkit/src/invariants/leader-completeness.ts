// LC: an entry that was committed in a term is in the log of every leader of a later term (paper §5.4.3,
// figure 3).
// Kills E7, E9, E29, L12, W3, W13, E19.
import type { Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, sameEntry } from '../model/index.ts'
import { place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

export class LeaderCompleteness implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #committed: CommittedLog
  /** Per node: the term in which its log was compared. */
  readonly #comparedIn: Term[] = []
  /** Commits up to here were compared with all leaders of their time. */
  #compared = 0

  constructor(nodes: readonly SimNode[], committed: CommittedLog) {
    this.#nodes = nodes
    this.#committed = committed
  }

  taken(node: SimNode): void {
    const { raft, place } = node
    if (raft.role === 'leader' && this.#comparedIn[place] !== raft.term) {
      this.#comparedIn[place] = raft.term
      this.#compare(node, 0)
    }
    // A deposed leader that does not know it yet may still commit. Its successor has the entry.
    if (this.#compared < this.#committed.length) {
      for (const other of this.#nodes)
        if (other.up && other.raft.role === 'leader' && other !== node) this.#compare(other, this.#compared)
      this.#compared = this.#committed.length
    }
  }

  #compare(leader: SimNode, from: number): void {
    const { entries, committedIn } = this.#committed
    const { term } = leader.raft
    // A compacted entry was committed here and compared then (CI).
    for (let at = Math.max(from, leader.log.start.index); at < entries.length; at++) {
      if (committedIn[at]! >= term) continue
      const own = leader.log.at(at + 1)
      if (own === undefined || !sameEntry(own, entries[at]!))
        throw new Violation(
          'LC',
          `${leader.id} leads term ${term} without ${place(entries[at]!)}, committed in term ${committedIn[at]}; it has ${own === undefined ? 'nothing' : place(own)} there`,
        )
    }
  }
}

// USURP: no node whose disk lacks a committed entry could be elected by the disks as they are. Leader completeness says it of
// elections that take place (paper §5.4.3); this says it of those that could, which is what "committed" means (figure 8c).
import { type CommittedLog, place } from '../committed.ts'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'
import type { DurableQuorum } from './durable-quorum.ts'

/** §5.4.1, the observer's own: would `voter`'s disk let it vote for `candidate`'s? */
function wouldVote(voter: SimNode, candidate: SimNode): boolean {
  const own = voter.disk.durableLog.at(-1)
  const asked = candidate.disk.durableLog.at(-1)
  if (own === undefined) return true
  if (asked === undefined) return false
  return asked.term > own.term || (asked.term === own.term && asked.index >= own.index)
}

export class NobodyCouldUsurp implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #quorum: number
  readonly #committed: CommittedLog
  readonly #durable: DurableQuorum
  #checked = 0

  constructor(nodes: readonly SimNode[], quorum: number, committed: CommittedLog, durable: DurableQuorum) {
    this.#nodes = nodes
    this.#quorum = quorum
    this.#committed = committed
    this.#durable = durable
  }

  taken(): void {
    const { length, entries, committedIn } = this.#committed
    if (this.#checked === length) return
    this.#checked = length
    for (const candidate of this.#nodes) {
      if (this.#durable.held(candidate) === length) continue
      let votes = 0
      for (const voter of this.#nodes) if (wouldVote(voter, candidate)) votes++
      if (votes < this.#quorum) continue
      const last = candidate.disk.durableLog.at(-1)
      throw new Violation(
        'USURP',
        `${place(entries[length - 1]!)} is committed in term ${committedIn[length - 1]}, but ${candidate.id} lacks it and could be elected: its log ends with ${last === undefined ? 'nothing' : place(last)}, ${votes} of ${this.#nodes.length} would vote for it`,
      )
    }
  }
}

// EQ: whoever leads a term has that term's vote on the disks of a quorum (paper §5.2; thesis §3.8), its own among them: a
// leader that forgets its term in a crash could lead the same term again, with another log. It says sooner what ES says when
// a second leader has appeared.
import type { Term } from '@oarlock/core'
import type { SimNode } from '../node.ts'
import type { Watcher } from '../observer.ts'
import { Violation } from '../violation.ts'

/** A node whose disk is past the term without a vote of its can never cast another one: as good as the vote itself. */
export function voteIsSafe(voter: SimNode, term: Term, candidate: SimNode['id']): boolean {
  const vote = voter.disk.votes.get(term)
  return vote === candidate || (vote === undefined && voter.disk.durableHardState.term > term)
}

export class ElectionQuorum implements Watcher {
  readonly #nodes: readonly SimNode[]
  readonly #quorum: number
  readonly #checked: Term[] = []

  constructor(nodes: readonly SimNode[], quorum: number) {
    this.#nodes = nodes
    this.#quorum = quorum
  }

  stepped(node: SimNode): void {
    const { raft, place, id } = node
    if (raft.role !== 'leader' || this.#checked[place] === raft.term) return
    this.#checked[place] = raft.term
    if (node.disk.votes.get(raft.term) !== id)
      throw new Violation('EQ', `${id} leads term ${raft.term}, and its own vote is not on its disk`)
    const voters = this.#nodes.filter((voter) => voteIsSafe(voter, raft.term, id)).length
    if (voters < this.#quorum)
      throw new Violation(
        'EQ',
        `${id} leads term ${raft.term} with the durable votes of ${voters} of ${this.#nodes.length}`,
      )
  }
}

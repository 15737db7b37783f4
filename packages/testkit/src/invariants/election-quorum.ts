// EQ: a leader's votes are on the disks of a quorum, its own vote included (paper §5.2; thesis §3.8). A
// leader that forgets its term in a crash could lead the same term again, with another log. It reports sooner
// what ES reports when a second leader has appeared.
// Kills E1, E4, E9, E+, M3, W1, W9.
import type { NodeId, Term } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum } from '../model/index.ts'
import { describeConfiguration } from '../telling/index.ts'
import { Violation } from '../world/index.ts'

/** A node whose disk is past the term can never vote in it again. That is as safe as a durable vote. */
export function voteIsSafe(voter: SimNode, term: Term, candidate: SimNode['id']): boolean {
  const { disk, formerDisk } = voter
  const vote = disk.votes.get(term)
  if (vote === candidate || (vote === undefined && disk.durableHardState.term > term)) return true
  // The vote of its old self, which lost its disk, may still be on its way.
  return formerDisk?.votes.get(term) === candidate
}

export class ElectionQuorum implements Watcher {
  readonly #nodes: ReadonlyMap<NodeId, SimNode>
  readonly #committed: CommittedLog
  readonly #checked: Term[] = []

  constructor(nodes: readonly SimNode[], committed: CommittedLog) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]))
    this.#committed = committed
  }

  stepped(node: SimNode): void {
    const { raft, place, id } = node
    if (raft.role !== 'leader' || this.#checked[place] === raft.term) return
    this.#checked[place] = raft.term
    if (node.disk.votes.get(raft.term) !== id)
      throw new Violation('EQ', `${id} leads term ${raft.term}, but its own vote is not on its disk`)
    const configuration = this.#committed.configurationAt(raft.applied)
    const voted = (voter: NodeId): boolean => voteIsSafe(this.#nodes.get(voter)!, raft.term, id)
    if (!isQuorum(configuration, voted))
      throw new Violation(
        'EQ',
        `${id} leads term ${raft.term} with the durable votes of ${[...this.#nodes.keys()].filter(voted)} of ${describeConfiguration(configuration)}`,
      )
  }
}

// USURP: no node whose disk lacks a committed entry could be elected by the disks as they are. Leader
// completeness says so of elections that take place (paper §5.4.3); this says it of those that could, which
// is the meaning of "committed" (figure 8c).
// Kills L1, L3, L12, M17, W15.
import type { NodeId } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { type CommittedLog, isQuorum, isVoter } from '../model/index.ts'
import { describeConfiguration, place } from '../telling/index.ts'
import { Violation } from '../world/index.ts'
import type { DurableQuorum } from './durable-quorum.ts'

/** A member that was taken in has no vote before its disk has the change that took it in. */
function hasVote({ formerDisk, countedDisk: { identity, durableCommit } }: SimNode): boolean {
  if (formerDisk === null) return true
  const { founded, votesFrom = 0 } = identity.record
  return founded && durableCommit >= votesFrom
}

/** The observer's own version of §5.4.1: whether `voter` would vote for `candidate`, by their disks. */
function wouldVote(voter: SimNode, candidate: SimNode): boolean {
  if (!hasVote(voter)) return false
  const own = voter.countedDisk.durableLog.last
  const asked = candidate.countedDisk.durableLog.last
  return asked.term > own.term || (asked.term === own.term && asked.index >= own.index)
}

export class NobodyCouldUsurp implements Watcher {
  readonly #nodes: ReadonlyMap<NodeId, SimNode>
  readonly #committed: CommittedLog
  readonly #durable: DurableQuorum
  #checked = 0

  constructor(nodes: readonly SimNode[], committed: CommittedLog, durable: DurableQuorum) {
    this.#nodes = new Map(nodes.map((node) => [node.id, node]))
    this.#committed = committed
    this.#durable = durable
  }

  taken(): void {
    const { length, entries, committedIn } = this.#committed
    if (this.#checked === length) return
    this.#checked = length
    for (const candidate of this.#nodes.values()) {
      // It never stands again as the member that had that disk.
      if (candidate.lost || candidate.isNewcomer || !hasVote(candidate)) continue
      if (this.#durable.held(candidate) >= length) continue
      // It does not stand before it has applied the last configuration that it knows to be committed.
      const configuration = this.#committed.configurationAt(candidate.countedDisk.durableCommit)
      if (!isVoter(configuration, candidate.id)) continue
      const votes = (id: NodeId): boolean => wouldVote(this.#nodes.get(id)!, candidate)
      if (!isQuorum(configuration, votes)) continue
      throw new Violation(
        'USURP',
        `${place(entries[length - 1]!)} is committed in term ${committedIn[length - 1]}, but ${candidate.id} lacks it and could be elected: its log ends with ${place(candidate.countedDisk.durableLog.last)}, ${[...this.#nodes.keys()].filter(votes)} would vote for it, of ${describeConfiguration(configuration)}`,
      )
    }
  }
}

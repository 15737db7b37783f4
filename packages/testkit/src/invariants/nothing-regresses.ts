// MON: term, vote within a term, commit and applied only move forward: in memory, in writes, and on the disk
// (paper figure 2: currentTerm, commitIndex and lastApplied increase monotonically; votedFor is for one
// term).
// Kills E3, S1, S5, W5, W11, W13, L12, D1, W17.
import { type Effects, emptyHardState, type HardState, type Index, index } from '@oarlock/core'
import type { SimNode, Watcher } from '../member/index.ts'
import { Violation } from '../world/index.ts'

interface Seen {
  term: number
  commit: number
  applied: number
  /** The last hard state that was handed out to be written. */
  taken: HardState
  durable: HardState
  /** The index of the durable snapshot. */
  snapshot: Index
}

const describe = ({ term, vote, commit }: HardState): string =>
  `term ${term}, vote ${vote ?? 'none'}, commit ${commit}`

function follows(earlier: HardState, later: HardState): boolean {
  if (later.commit < earlier.commit || later.term < earlier.term) return false
  return later.term > earlier.term || earlier.vote === null || later.vote === earlier.vote
}

export class NothingRegresses implements Watcher {
  readonly #seen: (Seen | undefined)[] = []

  /** It comes back as another member. */
  lostDisk({ place }: SimNode): void {
    this.#seen[place] = undefined
  }

  started(node: SimNode): void {
    const { disk, raft, place } = node
    const { vote } = raft.inspect()
    const { durable, snapshot } = this.#seen[place] ?? { durable: emptyHardState, snapshot: index(0) }
    const { hardState } = disk
    if (raft.term !== hardState.term || vote !== hardState.vote || raft.commit < hardState.commit)
      throw new Violation(
        'MON',
        `${node.id} starts with ${describe({ ...hardState, term: raft.term, vote, commit: raft.commit })}, but its disk has ${describe(hardState)}`,
      )
    this.#seen[place] = {
      term: raft.term,
      commit: raft.commit,
      applied: raft.applied,
      taken: disk.hardState,
      durable,
      snapshot,
    }
    this.durable(node)
  }

  stepped(node: SimNode): void {
    const seen = this.#seen[node.place]!
    const { term, commit, applied } = node.raft
    if (term < seen.term || commit < seen.commit || applied < seen.applied)
      throw new Violation(
        'MON',
        `${node.id} goes back from term ${seen.term}, commit ${seen.commit}, applied ${seen.applied} to term ${term}, commit ${commit}, applied ${applied}`,
      )
    seen.term = term
    seen.commit = commit
    seen.applied = applied
  }

  taken(node: SimNode, { persist }: Effects): void {
    if (persist === null || persist.hardState === null) return
    const seen = this.#seen[node.place]!
    if (!follows(seen.taken, persist.hardState))
      throw new Violation(
        'MON',
        `${node.id} writes ${describe(persist.hardState)} after ${describe(seen.taken)}`,
      )
    seen.taken = persist.hardState
  }

  durable(node: SimNode): void {
    const seen = this.#seen[node.place]!
    const { durableHardState, durableSnapshot } = node.disk
    const snapshot = durableSnapshot?.index ?? index(0)
    // A damaged one is removed when it is read.
    if (snapshot < seen.snapshot && !node.disk.snapshots.damaged.has(seen.snapshot))
      throw new Violation(
        'MON',
        `on ${node.id}'s disk a snapshot of ${snapshot} replaces one of ${seen.snapshot}`,
      )
    seen.snapshot = snapshot
    if (!follows(seen.durable, durableHardState))
      throw new Violation(
        'MON',
        `on ${node.id}'s disk ${describe(durableHardState)} replaces ${describe(seen.durable)}`,
      )
    seen.durable = durableHardState
  }
}

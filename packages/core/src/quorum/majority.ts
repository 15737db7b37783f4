// Votes and commit index of one set of voters (paper §5.2, §5.3).
import { type Index, index, type NodeId } from '../types.ts'

export type VoteResult = 'won' | 'lost' | 'pending'

/** More than half: any two majorities of one set share a member. */
export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1
}

/**
 * The greatest value that `needed` voters have reached, by default a majority. Infinity for an empty set, so
 * that it never limits a joint configuration.
 */
export function reachedBy(
  voters: readonly NodeId[],
  reached: (voter: NodeId) => number | undefined,
  needed: number = majorityOf(voters.length),
): number {
  if (voters.length === 0) return Number.POSITIVE_INFINITY
  // Insertion, greatest first: voters are few, and every answer asks this.
  const values: number[] = []
  for (const voter of voters) {
    const value = reached(voter) ?? Number.NEGATIVE_INFINITY
    let at = values.length
    for (; at > 0 && values[at - 1]! < value; at--) values[at] = values[at - 1]!
    values[at] = value
  }
  return values[needed - 1] ?? Number.NEGATIVE_INFINITY
}

/** The last index that a majority holds; 0 if too few have answered. */
export function committedIndex(
  voters: readonly NodeId[],
  acknowledged: (voter: NodeId) => Index | undefined,
): Index {
  return index(Math.max(0, reachedBy(voters, acknowledged)))
}

/** An empty set has won, so that it never limits a joint configuration. */
export function majorityVote(voters: readonly NodeId[], votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  if (voters.length === 0) return 'won'
  let granted = 0
  let missing = 0
  for (const voter of voters) {
    const vote = votes.get(voter)
    if (vote === undefined) missing++
    else if (vote) granted++
  }
  const needed = majorityOf(voters.length)
  if (granted >= needed) return 'won'
  return granted + missing >= needed ? 'pending' : 'lost'
}

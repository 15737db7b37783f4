// A joint configuration decides by both its majorities (paper §6; thesis §4.3).
import type { Configuration, Index, NodeId } from '../types.ts'
import { committedIndex, majorityOf, majorityVote, reachedBy, type VoteResult } from './majority.ts'

type Halves = Pick<Configuration, 'voters' | 'outgoing'>

export function jointReached(
  { voters, outgoing }: Halves,
  reached: (voter: NodeId) => number | undefined,
): number {
  return Math.min(reachedBy(voters, reached), reachedBy(outgoing, reached))
}

/** Until then no quorum can form without a voter that is bound. */
export function jointBlockedUntil(
  { voters, outgoing }: Halves,
  boundUntil: (voter: NodeId) => number,
): number {
  const blocked = (half: readonly NodeId[]): number =>
    reachedBy(half, boundUntil, half.length + 1 - majorityOf(half.length))
  return outgoing.length === 0 ? blocked(voters) : Math.max(blocked(voters), blocked(outgoing))
}

export function jointCommittedIndex(
  { voters, outgoing }: Halves,
  acknowledged: (voter: NodeId) => Index | undefined,
): Index {
  const incoming = committedIndex(voters, acknowledged)
  return outgoing.length === 0
    ? incoming
    : (Math.min(incoming, committedIndex(outgoing, acknowledged)) as Index)
}

export function jointVote({ voters, outgoing }: Halves, votes: ReadonlyMap<NodeId, boolean>): VoteResult {
  const incoming = majorityVote(voters, votes)
  const leaving = majorityVote(outgoing, votes)
  if (incoming === leaving) return incoming
  if (incoming === 'lost' || leaving === 'lost') return 'lost'
  return 'pending'
}

// A joint configuration decides only what both its majorities decide (paper §6; thesis §4.3).
import type { Configuration, Index, NodeId } from '../types.ts'
import { committedIndex, majorityOf, majorityVote, reachedByMajority, type VoteResult } from './majority.ts'

type Halves = Pick<Configuration, 'voters' | 'outgoing'>

export function jointReached(
  { voters, outgoing }: Halves,
  reached: (voter: NodeId) => number | undefined,
  majority: (voters: number) => number = majorityOf,
): number {
  return Math.min(
    reachedByMajority(voters, reached, majority),
    reachedByMajority(outgoing, reached, majority),
  )
}

export function jointCommittedIndex(
  { voters, outgoing }: Halves,
  acknowledged: (voter: NodeId) => Index | undefined,
  majority: (voters: number) => number = majorityOf,
): Index {
  const incoming = committedIndex(voters, acknowledged, majority)
  return outgoing.length === 0
    ? incoming
    : (Math.min(incoming, committedIndex(outgoing, acknowledged, majority)) as Index)
}

export function jointVote(
  { voters, outgoing }: Halves,
  votes: ReadonlyMap<NodeId, boolean>,
  majority: (voters: number) => number = majorityOf,
): VoteResult {
  const incoming = majorityVote(voters, votes, majority)
  const leaving = majorityVote(outgoing, votes, majority)
  if (incoming === leaving) return incoming
  if (incoming === 'lost' || leaving === 'lost') return 'lost'
  return 'pending'
}

// Quorums of another size than a majority, for what counts them wrong.
import type { Configuration, NodeId } from '@oarlock/core'

/** The greatest value that `needed` of the voters have reached, of each half of the configuration. */
export function reachedBy(
  { voters, outgoing }: Pick<Configuration, 'voters' | 'outgoing'>,
  reached: (voter: NodeId) => number | undefined,
  needed: (voters: number) => number,
): number {
  const half = (members: readonly NodeId[]): number => {
    if (members.length === 0) return Number.POSITIVE_INFINITY
    const values = members.map((member) => reached(member) ?? Number.NEGATIVE_INFINITY).sort((a, b) => b - a)
    return values[needed(members.length) - 1] ?? Number.NEGATIVE_INFINITY
  }
  return Math.min(half(voters), half(outgoing))
}

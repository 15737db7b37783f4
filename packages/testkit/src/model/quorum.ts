// Quorums as the observer counts them, since the core's own count may have a bug.
import type { Configuration, NodeId } from '@oarlock/core'

function isMajority(voters: readonly NodeId[], counts: (voter: NodeId) => boolean): boolean {
  let found = 0
  for (const voter of voters) if (counts(voter)) found++
  return found * 2 > voters.length
}

/** A majority of the voters, and of the outgoing voters of a joint configuration (§6). */
export function isQuorum({ voters, outgoing }: Configuration, counts: (voter: NodeId) => boolean): boolean {
  return isMajority(voters, counts) && (outgoing.length === 0 || isMajority(outgoing, counts))
}

export function isVoter({ voters, outgoing }: Configuration, id: NodeId): boolean {
  return voters.includes(id) || outgoing.includes(id)
}

export function isMember(configuration: Configuration, id: NodeId): boolean {
  return isVoter(configuration, id) || configuration.learners.includes(id)
}

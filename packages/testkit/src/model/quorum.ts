// What a quorum is, as the observer counts it: the core's own count may be what is broken.
import type { Configuration, NodeId } from '@oarlock/core'

function isMajority(voters: readonly NodeId[], counts: (voter: NodeId) => boolean): boolean {
  let found = 0
  for (const voter of voters) if (counts(voter)) found++
  return found * 2 > voters.length
}

/** Of both halves, where there are two (§6). */
export function isQuorum({ voters, outgoing }: Configuration, counts: (voter: NodeId) => boolean): boolean {
  return isMajority(voters, counts) && (outgoing.length === 0 || isMajority(outgoing, counts))
}

export function isVoter({ voters, outgoing }: Configuration, id: NodeId): boolean {
  return voters.includes(id) || outgoing.includes(id)
}

export function isMember(configuration: Configuration, id: NodeId): boolean {
  return isVoter(configuration, id) || configuration.learners.includes(id)
}

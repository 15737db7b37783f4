// The members of a cluster (paper §6; thesis §4.3).
import type { Configuration, NodeId } from '../types.ts'

/** A configuration of voters only. */
export function staticVoters(voters: readonly NodeId[]): Configuration {
  return {
    voters: [...new Set(voters)].sort(),
    outgoing: [],
    learners: [],
    learnersNext: [],
    autoLeave: false,
  }
}

/** Between two configurations: decisions need a majority of the old one and of the new one. */
export function isJoint({ outgoing }: Configuration): boolean {
  return outgoing.length > 0
}

export function isVoter({ voters, outgoing }: Configuration, id: NodeId): boolean {
  return voters.includes(id) || outgoing.includes(id)
}

/** Thesis §4.2.1: only voters lead, not learners and not removed members. */
export function mayLead(configuration: Configuration, id: NodeId): boolean {
  return isVoter(configuration, id)
}

/** Every member, each once, sorted. */
export function membersOf({ voters, outgoing, learners }: Configuration): readonly NodeId[] {
  return [...new Set([...voters, ...outgoing, ...learners])].sort()
}

/** Every voter of either half, each once, sorted. */
export function votersOf({ voters, outgoing }: Configuration): readonly NodeId[] {
  return outgoing.length === 0 ? voters : [...new Set([...voters, ...outgoing])].sort()
}

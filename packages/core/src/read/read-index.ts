// Decisions about linearizable reads without writing to the log (thesis §6.4).
import { votersOf } from '../membership/index.ts'
import { jointReached } from '../quorum/index.ts'
import type { Configuration, Index, NodeId } from '../types.ts'

/** Thesis §6.4, step 1: before, the commit index may be behind what earlier leaders committed. */
export function hasCommittedInOwnTerm(commit: Index, termStart: Index): boolean {
  return commit >= termStart
}

/**
 * Thesis §6.4, step 3: the latest round of heartbeats that a quorum has answered, of both halves of a joint
 * configuration.
 */
export function roundConfirmed(
  configuration: Configuration,
  answered: (member: NodeId) => number | undefined,
): number {
  return jointReached(configuration, answered)
}

/**
 * Whether no other member must be asked: the node is the only voter, of both halves of a joint configuration.
 */
export function isAlone(configuration: Configuration, id: NodeId): boolean {
  const voters = votersOf(configuration)
  return voters.length === 1 && voters[0] === id
}

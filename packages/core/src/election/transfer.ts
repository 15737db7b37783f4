// Decisions in a transfer of leadership (thesis §3.10).
import type { Index, NodeId } from '../types.ts'

/**
 * Thesis §3.10, step 1: not during a transfer. A witness transfers as soon as it can, so it takes none
 * either.
 */
export function takesProposals(transferTarget: NodeId | null, witness: boolean): boolean {
  return transferTarget === null && !witness
}

/** Thesis §3.10: only a member whose log ends where the leader's does is sure to win. */
export function isCaughtUp(match: Index, lastIndex: Index): boolean {
  return match === lastIndex
}

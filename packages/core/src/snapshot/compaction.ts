// How far the log may be replaced by a snapshot (paper §7: each server compacts what it has applied).
import type { Index } from '../types.ts'

/**
 * Up to what is applied, but not beyond `needed`, where some member goes on from, nor, on a witness, beyond
 * `held`, what every voter holds.
 */
export function compactableIndex(applied: Index, held: Index, needed: Index): Index {
  return Math.min(applied, held, needed) as Index
}

/** A member that is further behind than this many entries gets a snapshot rather than the log. */
export const mostEntriesAwaited = 5000

// Up to where the log may be replaced by a snapshot (paper §7: each server compacts on its own what it has applied), as far as others
// may still need it.
import { heldByAll } from '../election/witness.ts'
import type { Node } from '../node.ts'
import type { Index } from '../types.ts'

/** Never beyond what is applied, nor, of a witness, beyond what every voter holds, nor beyond where a member goes on from. */
export function compactableIndex(applied: Index, held: Index, next: Index): Index {
  return Math.min(applied, held, next) as Index
}

/** A member that is further behind than this many entries gets a snapshot rather than the log. */
const MOST_AWAITED = 5000

/**
 * A member goes on from where it is, or from the snapshot that it is being sent: were the log compacted beyond that meanwhile, it would need
 * a snapshot, and the next one when that is in, and so on. Only while it answers heartbeats: one that is gone holds nobody up.
 */
function awaited({ id, role, progress, log, now, config }: Node): Index {
  let least = log.applied
  if (role !== 'leader') return least
  for (const [member, { state, match, pendingSnapshot, answeredSentAt }] of progress) {
    if (member === id || now - answeredSentAt > 2 * config.electionTimeout) continue
    const from = state === 'snapshot' ? pendingSnapshot : match
    if (from < least && log.applied - from <= MOST_AWAITED) least = from
  }
  return least
}

export function compactable(node: Node): Index {
  const { config, log, role } = node
  const held = config.witness ? (role === 'leader' ? heldByAll(node) : node.heldByAll) : log.applied
  return compactableIndex(log.applied, held, awaited(node))
}

// Up to where the log may be replaced by a snapshot (paper §7: each server compacts on its own what it has applied), as far as others
// may still need it.
import { heldByAll } from '../election/witness.ts'
import type { Node } from '../node.ts'
import type { Index } from '../types.ts'

/** Never beyond what is applied, nor, of a witness, beyond what every voter holds, nor beyond what a member is waiting to go on from. */
export function compactableIndex(applied: Index, held: Index, awaited: Index): Index {
  return Math.min(applied, held, awaited) as Index
}

/**
 * A member that is being sent a snapshot goes on from there: were the log compacted beyond it meanwhile, it would need the next
 * snapshot when that one is in, and so on. Only while it is heard of: one that is gone holds nobody up.
 */
function awaitedBySnapshots({ role, progress, log }: Node): Index {
  let least = log.applied
  if (role !== 'leader') return least
  for (const { state, recentActive, pendingSnapshot, match, next } of progress.values()) {
    if (!recentActive) continue
    if (state === 'snapshot' && pendingSnapshot > 0) least = Math.min(least, pendingSnapshot) as Index
    // Sent, and not heard of since.
    else if (state === 'probe' && match + 1 < log.firstIndex) least = Math.min(least, next - 1) as Index
  }
  return least
}

export function compactable(node: Node): Index {
  const { config, log, rules, role } = node
  const held = config.witness ? (role === 'leader' ? heldByAll(node) : node.heldByAll) : log.applied
  return rules.compactableIndex(log.applied, held, awaitedBySnapshots(node))
}

// How far this node's log may be compacted, with regard to what others may still need of it (paper §7).
import { votersOf } from '../membership/index.ts'
import { compactableIndex, mostEntriesAwaited } from '../snapshot/index.ts'
import type { Index } from '../types.ts'
import type { Node } from './node.ts'

/**
 * Where the member that is furthest behind goes on from: its last entry, or the snapshot that it is being
 * sent. If the log were compacted beyond that, it would need a snapshot, and then the next one. Only members
 * that answer heartbeats count: one that is gone holds back no other.
 */
function neededIndex({ id, role, progress, log, now, config }: Node): Index {
  let least = log.applied
  if (role !== 'leader') return least
  for (const [member, { state, match, pendingSnapshot, answeredSentAt }] of progress) {
    if (member === id || now - answeredSentAt > 2 * config.electionTimeout) continue
    const from = state === 'snapshot' ? pendingSnapshot : match
    if (from < least && log.applied - from <= mostEntriesAwaited) least = from
  }
  return least
}

/** What every voter holds, as a witness knows it. */
function heldByVoters({ role, progress, configuration, log, heldByAll }: Node): Index {
  return role === 'leader' ? progress.heldBy(votersOf(configuration), log.lastIndex) : heldByAll
}

export function compactable(node: Node): Index {
  const { applied } = node.log
  const held = node.config.witness ? heldByVoters(node) : applied
  return compactableIndex(applied, held, neededIndex(node))
}

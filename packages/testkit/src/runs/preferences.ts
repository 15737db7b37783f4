// Configuration of single nodes: their priorities, and which one is a witness. Most clusters have none.
import type { NodeId, RaftConfig } from '@oarlock/core'
import type { Random } from '../world/index.ts'

export type Own = Readonly<Record<NodeId, Partial<Pick<RaftConfig, 'priority' | 'witness'>>>>

/**
 * `mayWitness`: members stay and keep their disks. A witness holds no state, so the loss of a full member
 * could leave none that a new member can learn from.
 */
export function drawOwn(
  random: Random,
  { ids, voters, mayWitness }: { ids: readonly NodeId[]; voters: readonly NodeId[]; mayWitness: boolean },
): Own {
  const own: Record<NodeId, Partial<Pick<RaftConfig, 'priority' | 'witness'>>> = {}
  if (random.chance(0.2)) for (const id of ids) own[id] = { priority: random.pick([0, 1, 1, 2, 5]) }
  if (mayWitness && voters.length >= 3 && random.chance(0.15)) {
    const id = random.pick(voters)
    own[id] = { ...own[id], witness: true }
  }
  return own
}

// What one node is configured with besides what all have: who should lead, who only votes. Most clusters have nothing of the kind.
import type { NodeId, RaftConfig } from '@oarlock/core'
import type { Random } from '../world/index.ts'

export type Own = Readonly<Record<NodeId, Partial<Pick<RaftConfig, 'priority' | 'witness'>>>>

/**
 * `mayWitness`: members that neither come and go nor lose their disks. A witness holds no state, so where one full member is left
 * that has seen nothing yet, there is no other to learn from.
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

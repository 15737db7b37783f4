// What a leader makes of the membership, one change at a time: who left is removed, who asks becomes a learner, and a learner that has
// caught up becomes a voter (thesis §4.2.1). The change itself is joint wherever it must be.
import type { MembershipChange, NodeId, RaftView } from '@oarlock/core'
import { nameOf } from './identity.ts'

export interface Wishes {
  /** Names of nodes that left. */
  readonly departed: ReadonlySet<string>
  /** Nodes that take part in this cluster, and asked lately to be taken in. */
  readonly asking: readonly NodeId[]
}

/** The next change; `handOver`: this leader itself left, and the next one removes it. */
export function nextChange(
  { id: self, configuration, progress, commit }: RaftView,
  { departed, asking }: Wishes,
): MembershipChange | 'handOver' | null {
  const { voters, learners, outgoing } = configuration
  if (outgoing.length > 0) return null
  const members = [...voters, ...learners]
  const single = (kind: 'voter' | 'learner' | 'remove', id: NodeId): MembershipChange => ({
    transition: 'auto',
    changes: [{ kind, id }],
  })
  if (departed.has(nameOf(self)) && voters.length > 1) return 'handOver'
  for (const id of members) if (id !== self && departed.has(nameOf(id))) return single('remove', id)
  for (const id of asking) {
    if (members.includes(id) || departed.has(nameOf(id))) continue
    const before = members.find((member) => nameOf(member) === nameOf(id))
    if (before === undefined) return single('learner', id)
    // Of the same name, and it lost what it knew: it takes the place of the one it was, unless that one is alive.
    if (before === self || progress.get(before)?.recentActive) continue
    return {
      transition: 'auto',
      changes: [
        { kind: 'remove', id: before },
        { kind: 'learner', id },
      ],
    }
  }
  for (const id of learners) {
    const its = progress.get(id)
    if (its?.recentActive && its.state === 'replicate' && its.match >= commit) return single('voter', id)
  }
  return null
}

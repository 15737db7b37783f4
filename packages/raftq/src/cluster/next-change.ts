// What a leader makes of the membership, one change at a time: who left is removed, who asks becomes a learner, and a learner that has
// caught up becomes a voter (thesis §4.2.1). The change itself is joint wherever it must be.
import type { MembershipChange, NodeId, RaftView } from '@oarlock/core'
import { comesBefore, nameOf } from '../node/index.ts'

export interface MembershipRequests {
  /** Names of nodes that left. */
  readonly departed: ReadonlySet<string>
  /** Nodes that take part in this cluster, and asked lately to be taken in. */
  readonly asking: readonly NodeId[]
}

/** This leader itself left: `handOverTo` is to lead, and removes it. */
export interface HandOver {
  readonly handOverTo: NodeId
}

/** Who is to lead in its place: never somebody who left as well, or they would hand it to one another for ever. */
function successorOf(
  { id: self, configuration, progress }: RaftView,
  departed: MembershipRequests['departed'],
): NodeId | null {
  const match = (id: NodeId): number => progress.get(id)?.match ?? 0
  const [heir] = configuration.voters
    .filter((id) => id !== self && !departed.has(nameOf(id)) && progress.get(id)?.recentActive)
    .sort((a, b) => match(b) - match(a))
  return heir ?? null
}

/** What is to be done next; null: nothing. */
export function nextMembershipChange(
  view: RaftView,
  { departed, asking }: MembershipRequests,
): MembershipChange | HandOver | null {
  const { id: self, configuration, progress, commit } = view
  const { voters, learners, outgoing } = configuration
  if (outgoing.length > 0) return null
  const members = [...voters, ...learners]
  const single = (kind: 'voter' | 'learner' | 'remove', id: NodeId): MembershipChange => ({
    transition: 'auto',
    changes: [{ kind, id }],
  })
  if (departed.has(nameOf(self))) {
    const heir = successorOf(view, departed)
    if (heir !== null) return { handOverTo: heir }
  }
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

/** The membership in words; null while a change of it is under way, and before anything of the log is known. */
export function describeMembership({ configuration, configurationIndex, applied }: RaftView): string | null {
  const { voters, learners, outgoing } = configuration
  if (applied === 0 || outgoing.length > 0 || configurationIndex > applied) return null
  const list = (ids: readonly NodeId[]): string =>
    ids
      .map(nameOf)
      .sort((a, b) => (comesBefore(a, b) ? -1 : 1))
      .join(', ')
  return `members: ${list(voters)}${learners.length === 0 ? '' : `; catching up: ${list(learners)}`}`
}

// The next change of the membership that a leader makes, one at a time: it removes a node that left, adds a
// node that asks as a learner, and promotes a learner that has caught up (thesis §4.2.1). The change is joint
// wherever it must be.
import type { MembershipChange, NodeId, RaftView } from '@oarlock/core'
import { nameOf } from '../node/index.ts'

export interface MembershipRequests {
  /** Names of nodes that left. */
  readonly departed: ReadonlySet<string>
  /** Nodes that have joined this cluster and asked lately to become members. */
  readonly joining: readonly NodeId[]
}

/** This leader itself left. Its successor removes it. */
export interface LeadershipTransfer {
  readonly transferTo: NodeId
}

/**
 * The best successor. A node that left is never chosen, or two such nodes would transfer to each other for
 * ever.
 */
function successorOf(
  { id: self, configuration, progress }: RaftView,
  departed: MembershipRequests['departed'],
): NodeId | null {
  const match = (id: NodeId): number => progress.get(id)?.match ?? 0
  const [successor] = configuration.voters
    .filter((id) => id !== self && !departed.has(nameOf(id)) && progress.get(id)?.recentActive)
    .sort((a, b) => match(b) - match(a))
  return successor ?? null
}

/** Null if there is nothing to do now. */
export function nextMembershipChange(
  view: RaftView,
  { departed, joining }: MembershipRequests,
): MembershipChange | LeadershipTransfer | null {
  const { id: self, configuration, progress, commit } = view
  const { voters, learners, outgoing } = configuration
  if (outgoing.length > 0) return null
  const members = [...voters, ...learners]
  const change = (...changes: MembershipChange['changes']): MembershipChange => ({
    transition: 'auto',
    changes,
  })
  if (departed.has(nameOf(self))) {
    const successor = successorOf(view, departed)
    if (successor !== null) return { transferTo: successor }
  }
  for (const id of members) if (id !== self && departed.has(nameOf(id))) return change({ kind: 'remove', id })
  for (const id of joining) {
    if (members.includes(id) || departed.has(nameOf(id))) continue
    const earlier = members.find((member) => nameOf(member) === nameOf(id))
    if (earlier === undefined) return change({ kind: 'learner', id })
    // The node lost its state and comes back as another incarnation. It replaces the earlier one, unless that
    // is alive.
    if (earlier === self || progress.get(earlier)?.recentActive) continue
    return change({ kind: 'remove', id: earlier }, { kind: 'learner', id })
  }
  for (const id of learners) {
    const its = progress.get(id)
    if (its?.recentActive && its.state === 'replicate' && its.match >= commit)
      return change({ kind: 'voter', id })
  }
  return null
}

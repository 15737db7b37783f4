// The configuration that results from a membership change, as the observer computes it (thesis §4.3). The
// core's own computation may have a bug, on which all nodes would agree.
import type { Configuration, MemberChange, MembershipChange, NodeId } from '@oarlock/core'

const without = (ids: readonly NodeId[], id: NodeId): readonly NodeId[] => ids.filter((other) => other !== id)

function changedBy(before: Configuration, { kind, id }: MemberChange): Configuration {
  if (kind === 'update' || (kind === 'learner' && before.learners.includes(id))) return before
  const { voters, learners, learnersNext, outgoing } = before
  const gone: Configuration = {
    ...before,
    voters: without(voters, id),
    learners: without(learners, id),
    learnersNext: without(learnersNext, id),
  }
  if (kind === 'remove') return gone
  if (kind === 'voter') return { ...gone, voters: [...gone.voters, id] }
  // A member that still votes in the old half becomes a learner when the joint configuration is left.
  return outgoing.includes(id)
    ? { ...gone, learnersNext: [...gone.learnersNext, id] }
    : { ...gone, learners: [...gone.learners, id] }
}

const sorted = (ids: readonly NodeId[]): readonly NodeId[] => [...ids].sort()

const differing = (a: readonly NodeId[], b: readonly NodeId[]): number =>
  a.filter((id) => !b.includes(id)).length + b.filter((id) => !a.includes(id)).length

/** Null if the change is invalid there. */
export function expectedConfiguration(
  before: Configuration,
  { transition, changes }: MembershipChange,
): Configuration | null {
  const isJoint = before.outgoing.length > 0
  if (transition === 'auto' && changes.length === 0) {
    if (!isJoint) return null
    const learners = [...before.learners, ...before.learnersNext]
    return {
      voters: before.voters,
      outgoing: [],
      learners: sorted(learners),
      learnersNext: [],
      autoLeave: false,
    }
  }
  if (isJoint) return null
  const isSimple = transition === 'auto' && changes.length === 1
  const start: Configuration = isSimple
    ? before
    : { ...before, outgoing: before.voters, autoLeave: transition !== 'explicit' }
  const after = changes.reduce(changedBy, start)
  if (after.voters.length === 0 || (isSimple && differing(before.voters, after.voters) > 1)) return null
  const { voters, learners, learnersNext } = after
  return {
    ...after,
    voters: sorted(voters),
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
  }
}

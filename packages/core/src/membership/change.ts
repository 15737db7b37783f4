// Changes of the membership (thesis §4.3). Several changes at once go through a joint configuration. A change
// of one voter need not: any majority of the old voters shares a member with any majority of the new ones.
import type { Configuration, NodeId } from '../types.ts'
import { isJoint } from './configuration.ts'

export interface MemberChange {
  /** `update` leaves the membership as it is and marks a place in the log (a new address, say). */
  readonly kind: 'voter' | 'learner' | 'remove' | 'update'
  readonly id: NodeId
}

/**
 * The content of a configuration entry. Without changes it leaves a joint configuration. `auto` is joint only
 * if it must be. `implicit` and `explicit` always are: the first is left by the leader itself, the second by
 * another change.
 */
export interface MembershipChange {
  readonly transition: 'auto' | 'implicit' | 'explicit'
  readonly changes: readonly MemberChange[]
  /** For the runtime: any JSON value. The core carries it to every node, and reads nothing of it. */
  readonly context?: unknown
}

/** The change cannot be made to this configuration. Nothing was changed. */
export class MembershipError extends Error {
  override readonly name = 'MembershipError'
  readonly code = 'OARLOCK_MEMBERSHIP'
}

export function leavesJoint({ transition, changes }: MembershipChange): boolean {
  return transition === 'auto' && changes.length === 0
}

/** Whether the change goes through a joint configuration. */
function needsJoint({ transition, changes }: MembershipChange): boolean {
  return transition !== 'auto' || changes.length > 1
}

const sorted = (ids: Iterable<NodeId>): readonly NodeId[] => [...ids].sort()

/**
 * Makes the changes to the incoming half, one after another. A voter of the outgoing half becomes a learner
 * only when the joint configuration is left.
 */
function applied(configuration: Configuration, changes: readonly MemberChange[]): Configuration {
  const voters = new Set(configuration.voters)
  const learners = new Set(configuration.learners)
  const learnersNext = new Set(configuration.learnersNext)
  for (const { kind, id } of changes) {
    if (kind === 'update' || (kind === 'learner' && learners.has(id))) continue
    voters.delete(id)
    learners.delete(id)
    learnersNext.delete(id)
    if (kind === 'voter') voters.add(id)
    else if (kind === 'learner') (configuration.outgoing.includes(id) ? learnersNext : learners).add(id)
  }
  if (voters.size === 0) throw new MembershipError('no voter left')
  return {
    ...configuration,
    voters: sorted(voters),
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
  }
}

export function enterJoint(
  configuration: Configuration,
  changes: readonly MemberChange[],
  autoLeave: boolean,
): Configuration {
  if (isJoint(configuration)) throw new MembershipError('already joint')
  if (configuration.voters.length === 0) throw new MembershipError('no voters to be joint with')
  return { ...applied({ ...configuration, outgoing: configuration.voters }, changes), autoLeave }
}

export function leaveJoint(configuration: Configuration): Configuration {
  if (!isJoint(configuration)) throw new MembershipError('not joint')
  return {
    voters: configuration.voters,
    outgoing: [],
    learners: sorted([...configuration.learners, ...configuration.learnersNext]),
    learnersNext: [],
    autoLeave: false,
  }
}

/** Without a joint configuration at most one voter may be added or removed. */
export function changeSimply(configuration: Configuration, changes: readonly MemberChange[]): Configuration {
  if (isJoint(configuration)) throw new MembershipError('leave the joint configuration first')
  const changed = applied(configuration, changes)
  if (symmetricDifference(configuration.voters, changed.voters) > 1)
    throw new MembershipError('several voters change: use a joint configuration')
  return changed
}

function symmetricDifference(a: readonly NodeId[], b: readonly NodeId[]): number {
  return a.filter((id) => !b.includes(id)).length + b.filter((id) => !a.includes(id)).length
}

/** The configuration after `change`. Throws {@link MembershipError} if it cannot be made. */
export function changed(configuration: Configuration, change: MembershipChange): Configuration {
  if (leavesJoint(change)) return leaveJoint(configuration)
  if (needsJoint(change)) return enterJoint(configuration, change.changes, change.transition !== 'explicit')
  return changeSimply(configuration, change.changes)
}

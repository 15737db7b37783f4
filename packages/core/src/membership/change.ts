// Changing who takes part (thesis §4.3). Several changes at once go through a joint configuration; one change of one voter
// is its special case, since then any majority of the old set shares a member with any majority of the new one.
import type { Configuration, NodeId } from '../types.ts'
import { isJoint } from './configuration.ts'

export interface MemberChange {
  /** `update` changes nothing in the membership: it marks a place in the log (a new address, say). */
  readonly kind: 'voter' | 'learner' | 'remove' | 'update'
  readonly id: NodeId
}

/**
 * What a configuration entry asks for. Without any change it leaves a joint configuration. `auto` is joint only where it
 * must be; `implicit` and `explicit` always are, and are left by the leader itself or by another change.
 */
export interface MembershipChange {
  readonly transition: 'auto' | 'implicit' | 'explicit'
  readonly changes: readonly MemberChange[]
}

/** A change that cannot be made to this configuration. Nothing was changed. */
export class MembershipError extends Error {
  override readonly name = 'MembershipError'
  readonly code = 'OARLOCK_MEMBERSHIP'
}

export function leavesJoint({ transition, changes }: MembershipChange): boolean {
  return transition === 'auto' && changes.length === 0
}

/** Does this change go through a joint configuration? */
function needsJoint({ transition, changes }: MembershipChange): boolean {
  return transition !== 'auto' || changes.length > 1
}

const sorted = (ids: Iterable<NodeId>): readonly NodeId[] => [...ids].sort()

/** The changes, one after another, to the incoming half. A voter that the outgoing half still needs becomes a learner only when that is left. */
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
  if (voters.size === 0) throw new MembershipError('removed all voters')
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
  if (isJoint(configuration)) throw new MembershipError('the configuration is joint already')
  if (configuration.voters.length === 0)
    throw new MembershipError('a configuration without voters cannot become joint')
  return { ...applied({ ...configuration, outgoing: configuration.voters }, changes), autoLeave }
}

export function leaveJoint(configuration: Configuration): Configuration {
  if (!isJoint(configuration)) throw new MembershipError('the configuration is not joint')
  return {
    voters: configuration.voters,
    outgoing: [],
    learners: sorted([...configuration.learners, ...configuration.learnersNext]),
    learnersNext: [],
    autoLeave: false,
  }
}

/** Without a joint configuration: at most one voter may come, go or be replaced by nobody. */
export function changeSimply(configuration: Configuration, changes: readonly MemberChange[]): Configuration {
  if (isJoint(configuration)) throw new MembershipError('a joint configuration must be left first')
  const changed = applied(configuration, changes)
  if (symmetricDifference(configuration.voters, changed.voters) > 1)
    throw new MembershipError('more than one voter changed without a joint configuration')
  return changed
}

function symmetricDifference(a: readonly NodeId[], b: readonly NodeId[]): number {
  return a.filter((id) => !b.includes(id)).length + b.filter((id) => !a.includes(id)).length
}

/** What `change` makes of `configuration`. Throws {@link MembershipError} where it makes no sense. */
export function changed(configuration: Configuration, change: MembershipChange): Configuration {
  if (leavesJoint(change)) return leaveJoint(configuration)
  if (needsJoint(change)) return enterJoint(configuration, change.changes, change.transition !== 'explicit')
  return changeSimply(configuration, change.changes)
}

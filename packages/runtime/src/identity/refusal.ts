// Compares two identities. The rules are the same on both sides, so that both members say what is wrong.
import type { NodeId } from '@oarlock/core'
import { refusalOfGeneration } from './generation.ts'
import type { KnownPeer, MemberIdentity, Refusal, Starts } from './identity.ts'
import { printable } from './printable.ts'
import { asFounded, newerOf, type ShownMembership, type Standing, standingOf } from './shown-membership.ts'

/** So many members are named in a message. */
const mostListed = 16

/** Where a peer was met, for messages: its address, if the transport knows it. */
export interface Encounter {
  readonly peer: MemberIdentity
  readonly remote: string
  /** Where another process of the same member is that still speaks; undefined: there is none. */
  readonly rival?: string | undefined
}

/** Null: the members agree. `known`: what was recorded of the peer, and where it was met last. */
export function refusalOf(
  own: MemberIdentity,
  { peer, remote, rival }: Encounter,
  known: KnownPeer | undefined,
  knownRemote: string | undefined,
): Refusal | null {
  const name = printable(peer.id)
  const otherCluster = refusalOfCluster(own, peer)
  if (otherCluster !== null) return otherCluster
  if (peer.id === own.id)
    return {
      reason: 'duplicate-id',
      detail: `two members have the id '${own.id}', ${rival === undefined ? 'the other one' : `one at ${rival} and one`} at ${remote}: give each its own id, and its own data directory`,
    }
  const otherGeneration = refusalOfGeneration(own, peer)
  if (otherGeneration !== null) return otherGeneration
  const standing = standingIn(own, peer)
  const noMember = refusalOfStanding(own, peer, standing)
  if (noMember !== null) return noMember
  if (!sameMembers(own.founders, peer.founders))
    return {
      reason: 'other-founders',
      detail: `'${name}' was started with the peers ${listed(peer.founders)}, and '${own.id}' with ${listed(own.founders)}: start every member with the same peers`,
    }
  const otherPurpose = refusalOfPurpose(own, peer)
  if (otherPurpose !== null) return otherPurpose
  const recorded = known !== undefined && isKnownIncarnation(peer, known) ? known : undefined
  if (standing === 'other-incarnation' || (standing === 'as-recorded' && recorded !== known))
    return {
      reason: 'other-incarnation',
      detail: `'${name}' at ${remote} has another data directory (incarnation ${short(peer.incarnation)}) than the '${name}' that '${own.id}' knows${knownRemote === undefined ? '' : `, which was at ${knownRemote}`}${known === undefined ? '' : ` (incarnation ${short(known.incarnation)})`}. Either it lost its disk, or two processes have this id. A member that lost its disk may have forgotten writes that it acknowledged, so it cannot take part: see “A member that lost its disk” in docs/errors.md`,
    }
  if (recorded === undefined) return null
  if (!hasSeenItsOwnStart(peer.starts, recorded))
    return {
      reason: 'older-copy',
      detail: `'${name}' at ${remote} does not know of its own start ${recorded.start}, which '${own.id}' has seen${knownRemote === undefined ? '' : ` at ${knownRemote}`}. Either its data directory was restored from an older copy, or two processes run on copies of it: see “A member that lost its disk” in docs/errors.md`,
    }
  if (rival !== undefined)
    return {
      reason: 'second-process',
      detail: `two processes run as '${name}', on copies of one data directory: one at ${rival}, and one at ${remote}, which was started later. Stop the later one, and delete its copy: see “A member that lost its disk” in docs/errors.md`,
    }
  return null
}

function refusalOfCluster(own: MemberIdentity, { id, cluster }: MemberIdentity): Refusal | null {
  if (cluster === own.cluster) return null
  return {
    reason: 'wrong-cluster',
    detail: `'${printable(id)}' belongs to cluster '${printable(cluster)}', and '${own.id}' to '${own.cluster}'`,
  }
}

function refusalOfPurpose(own: MemberIdentity, { id, purpose }: MemberIdentity): Refusal | null {
  if (purpose === own.purpose) return null
  return {
    reason: 'other-purpose',
    detail: `'${printable(id)}' was started with purpose '${purpose}', and '${own.id}' with '${own.purpose}': start every member with the same purpose`,
  }
}

/** Whether a process that joins is told who the members are. It shows no founders yet. Null: it is. */
export const refusalOfNewcomer = (own: MemberIdentity, newcomer: MemberIdentity): Refusal | null =>
  refusalOfCluster(own, newcomer) ?? refusalOfPurpose(own, newcomer)

/**
 * The newer one of the two tables says whether the peer is a member. A member that this one still counts as
 * such is not refused as removed: the vote of either may be needed until both know that the removal is
 * committed.
 */
function standingIn(own: MemberIdentity, peer: MemberIdentity): Standing {
  const ownTable = membershipOf(own)
  const standing = standingOf(newerOf(ownTable, peer.membership), peer.id, peer.incarnation)
  if (standing !== 'removed') return standing
  const here = standingOf(ownTable, peer.id, peer.incarnation)
  return here === 'member' || here === 'as-recorded' ? here : standing
}

export const membershipOf = ({ membership, founders }: MemberIdentity): ShownMembership =>
  membership ?? asFounded(founders)

function refusalOfStanding(own: MemberIdentity, peer: MemberIdentity, standing: Standing): Refusal | null {
  const name = printable(peer.id)
  if (standing === 'removed')
    return {
      reason: 'removed-member',
      detail: `'${name}' was removed from the cluster, or another process took its place. To make it a member again, add it under another data directory`,
    }
  if (standing !== 'unknown' && standing !== 'awaited') return null
  if (peer.joins !== undefined || standing === 'awaited')
    return {
      reason: 'unknown-member',
      detail: `'${name}' is no member yet: the leader takes it in, or waits until an operator adds it`,
    }
  const { version, members } = membershipOf(own)
  return {
    reason: 'unknown-member',
    detail:
      version === 0
        ? `'${name}' is not among the peers of '${own.id}', which are ${listed(own.founders)}: start every member with the same peers`
        : `'${name}' is not among the members that '${own.id}' knows, which are ${listed(Object.keys(members))}: start it with seeds, or add it`,
  }
}

/** A member is a name and an incarnation: with another one it is not the voter that it was. */
export function isKnownIncarnation({ incarnation }: MemberIdentity, known: KnownPeer): boolean {
  return incarnation === known.incarnation
}

/** Whether the start that was recorded is among the member's own. One that it may have forgotten passes. */
export function hasSeenItsOwnStart({ count, recent }: Starts, known: KnownPeer): boolean {
  if (known.start > count) return false
  const token = recent.at(known.start - count - 1)
  return token === undefined || token === known.token
}

const sameMembers = (a: readonly NodeId[], b: readonly NodeId[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id))

const listed = (ids: readonly NodeId[]): string => {
  const first = ids.slice(0, mostListed).map((id) => printable(id))
  return ids.length > mostListed
    ? `${first.join(', ')} and ${ids.length - mostListed} more`
    : first.join(', ')
}

const short = (incarnation: string): string => printable(incarnation.slice(0, 8))

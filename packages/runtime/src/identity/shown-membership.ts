// What a member shows of the table of members to those that it connects to. Whose table is newer says who is a
// member: so a member that was away accepts those who came meanwhile.
import { type Index, index, type NodeId } from '@oarlock/core'

/** How a process was started that is no member yet. */
export interface Joins {
  /** The 'host:port' that its peers may dial; null: as in their `peers`. */
  readonly address: string | null
  readonly as: 'voter' | 'learner'
  /** It may replace a member of its name that has another data directory. */
  readonly replaces: boolean
}

export interface ShownMember {
  /** Null: the first one that was recorded. */
  readonly incarnation: string | null
  readonly address: string | null
  /** Nobody has come under this name yet since it was added: the next one is taken. */
  readonly awaited: boolean
  /** No change took it in: the cluster began with it, or its incarnation is the first one that it had. */
  readonly isFirst: boolean
}

export interface ShownMembership {
  /** The index of the last change; 0: as founded. */
  readonly version: Index
  readonly members: Readonly<Record<NodeId, ShownMember>>
  /** The incarnations of former members; null: any. */
  readonly removed: Readonly<Record<NodeId, string | null>>
}

export const asFounded = (founders: readonly NodeId[]): ShownMembership => ({
  version: index(0),
  members: Object.fromEntries(
    founders.map((id) => [id, { incarnation: null, address: null, awaited: false, isFirst: true }]),
  ),
  removed: {},
})

export type Standing =
  /** A member with this incarnation. */
  | 'member'
  /** A member; each peer knows which incarnation. */
  | 'as-recorded'
  /** An awaited member, which the leader takes in. */
  | 'awaited'
  | 'other-incarnation'
  | 'removed'
  | 'unknown'

/** The table with the greater version is right: it has seen changes that the other one has not. */
export function newerOf(own: ShownMembership, its: ShownMembership | undefined): ShownMembership {
  return its !== undefined && its.version > own.version ? its : own
}

export function standingOf({ members, removed }: ShownMembership, id: NodeId, incarnation: string): Standing {
  const member = Object.hasOwn(members, id) ? members[id] : undefined
  if (member?.incarnation === incarnation) return 'member'
  if (member?.awaited === true) return 'awaited'
  if (member?.incarnation === null) return 'as-recorded'
  const isGone = Object.hasOwn(removed, id) && (removed[id] === null || removed[id] === incarnation)
  if (isGone) return 'removed'
  return member === undefined ? 'unknown' : 'other-incarnation'
}

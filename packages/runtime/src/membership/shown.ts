// The part of the table that a member shows to its peers.
import type { NodeId } from '@oarlock/core'
import type { ShownMember, ShownMembership } from '../identity/index.ts'
import type { TableState } from './member-table.ts'

/** The addresses of the members, for the transport: those of the table, or else those that it began with. */
export function addressesOf(
  { members }: TableState,
  atFirst: Readonly<Record<NodeId, string>>,
): Readonly<Record<NodeId, string>> {
  const addresses: Record<NodeId, string> = {}
  for (const [id, { address }] of members) {
    const known = address ?? atFirst[id]
    if (known !== undefined) addresses[id] = known
  }
  return addresses
}

/** `founders`: each peer knows their incarnations itself, until the first change records them. */
export function shownOf(
  { version, members, removed }: TableState,
  founders: readonly NodeId[],
): ShownMembership {
  const shown: Record<NodeId, ShownMember> = {}
  // No change has named it yet.
  for (const id of founders)
    if (!removed.has(id)) shown[id] = { incarnation: null, address: null, awaited: false }
  for (const [id, { incarnation, address, since }] of members)
    shown[id] = {
      incarnation,
      address,
      awaited: incarnation === null && since > 0,
    }
  const gone = [...removed].map(([id, { incarnation }]): [NodeId, string | null] => [id, incarnation])
  return { version, members: shown, removed: Object.fromEntries(gone) }
}

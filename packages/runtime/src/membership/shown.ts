// The part of the table that a member shows to its peers.
import type { NodeId } from '@oarlock/core'
import type { ShownMember, ShownMembership } from '../identity/index.ts'
import type { TableState } from './member-table.ts'

/** Members to be connected to, and their addresses; null: as this member began with. */
export type Peers = ReadonlyMap<NodeId, string | null>

/**
 * A member that catches up applies old changes, while members that came later send to it. So those of the newest
 * table that a peer has shown count as well.
 */
export function peersOf({ version, members }: TableState, newest: ShownMembership | null): Peers {
  const peers = new Map<NodeId, string | null>()
  for (const [id, { address }] of members) peers.set(id, address)
  if (newest !== null && newest.version > version)
    for (const [id, { address }] of Object.entries(newest.members))
      peers.set(id, address ?? peers.get(id) ?? null)
  return peers
}

/** Their addresses, for the transport. */
export function addressesOf(
  peers: Peers,
  atFirst: Readonly<Record<NodeId, string>>,
): Readonly<Record<NodeId, string>> {
  const addresses: Record<NodeId, string> = {}
  for (const [id, address] of peers) {
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
    if (!removed.has(id)) shown[id] = { incarnation: null, address: null, awaited: false, isFirst: true }
  for (const [id, { incarnation, address, since }] of members)
    shown[id] = {
      incarnation,
      address,
      awaited: incarnation === null && since > 0,
      isFirst: since === 0,
    }
  const gone = [...removed].map(([id, { incarnation }]): [NodeId, string | null] => [id, incarnation])
  return { version, members: shown, removed: Object.fromEntries(gone) }
}

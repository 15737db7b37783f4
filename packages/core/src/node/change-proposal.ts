// Which changes of the membership a leader takes into its log (paper §6; thesis §4.1, §4.3, §4.4).
import {
  changed,
  decodeChange,
  encodeChange,
  isJoint,
  type MembershipChange,
  MembershipError,
} from '../membership/index.ts'
import type { DropReason, Propose } from '../message.ts'
import { hasCommittedInOwnTerm } from '../read/index.ts'
import { type Index, index, type Payload } from '../types.ts'
import { changeIsPending } from './activation.ts'
import type { Node } from './node.ts'
import { beginTermInLog, broadcastAppend } from './replication.ts'

/** Why a change may not be proposed now, or null. It is tried out, as each node must be able to apply it. */
function refusal(node: Node, change: MembershipChange): DropReason | null {
  if (changeIsPending(node)) return 'change-pending'
  if (!isJoint(node.configuration) && change.changes.length === 0) return 'invalid-change'
  try {
    // Encoded and decoded, as every node will read it.
    changed(node.configuration, decodeChange(encodeChange(change)))
    return null
  } catch (error) {
    if (error instanceof MembershipError) return 'invalid-change'
    throw error
  }
}

/** Whether this is the entry of a change that may be proposed now. */
function isAdmissible(node: Node, { data }: Payload): boolean {
  try {
    return refusal(node, decodeChange(data)) === null
  } catch (error) {
    if (error instanceof MembershipError) return false
    throw error
  }
}

/**
 * Proposed configuration entries that may not be made become no-ops, so that a batch keeps its places. This
 * is as in etcd/raft, with its gap: unlike `reconfigure` it does not wait for an entry of the leader's own
 * term. A runtime changes its members with `reconfigure`, which refuses instead.
 */
export function admitChanges(node: Node, { entries }: Propose): readonly Payload[] {
  if (entries.every(({ type }) => type === 'normal')) return entries
  return entries.map((payload, i) => {
    if (payload.type === 'normal') return payload
    if (node.config.validateChanges && !isAdmissible(node, payload))
      return { type: 'normal', data: new Uint8Array(0) }
    node.pendingChange = index(node.log.lastIndex + i + 1)
    return payload
  })
}

/**
 * A change for a user, with compare-and-set on the index of the configuration that it is meant for. It waits
 * until the leader has committed an entry of its own term. Else the changes of two leaders may have disjoint
 * quorums (Ongaro, raft-dev 2015).
 */
export function changeToPropose(node: Node, change: MembershipChange, expected: Index): Payload | DropReason {
  if (node.role !== 'leader') return node.leader === null ? 'no-leader' : 'not-leader'
  if (expected !== node.configurationIndex) return 'configuration-changed'
  if (node.transferTarget !== null) return 'transferring'
  // A leader that only elects appends nothing of its term before it is needed.
  if (node.termStart === 0) {
    beginTermInLog(node)
    broadcastAppend(node)
  }
  if (!hasCommittedInOwnTerm(node.log.commit, node.termStart)) return 'change-pending'
  return refusal(node, change) ?? { type: 'configuration', data: encodeChange(change) }
}

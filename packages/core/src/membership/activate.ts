// Configurations take effect when they are applied (as in etcd/raft; thesis §4.1 lets them take effect when appended).
// One change at a time: none is proposed while one may be unapplied, so two configurations in force share a quorum.
import { InvariantError, invariant } from '../invariant.ts'
import type { DropReason, Propose } from '../message.ts'
import type { Node } from '../node.ts'
import { confirmReads, hasCommittedInOwnTerm } from '../read/read-index.ts'
import {
  advanceCommit,
  appendToOwnLog,
  beginTermInLog,
  boundLeaseOfOneNoLongerAlone,
  broadcastAppend,
  extendLease,
  sendAppend,
} from '../replication.ts'
import { abandonTransfer } from '../transfer.ts'
import { type Configuration, type Entry, type Index, index, type Payload } from '../types.ts'
import { changed, type MembershipChange, MembershipError } from './change.ts'
import { decodeChange, encodeChange } from './change-codec.ts'
import { isJoint, isVoter } from './configuration.ts'

/** Configuration entries that were handed out for applying take effect, up to `upTo`. */
export function activateUpTo(node: Node, upTo: Index): void {
  for (
    let entry = node.unactivated[0];
    entry !== undefined && entry.index <= upTo;
    entry = node.unactivated[0]
  ) {
    node.unactivated.shift()
    switchTo(node, configurationAfter(node, entry), entry.index)
  }
}

/** What was admitted to the log makes sense there: if it does not, the log or the configuration before it is not the cluster's. */
function configurationAfter({ configuration }: Node, { index, data }: Entry): Configuration {
  // Entries change what they find. From nothing they would make a cluster of the new members alone, with a leader of its own.
  invariant(configuration.voters.length > 0, `entry ${index} changes a configuration that is not known here`)
  try {
    return changed(configuration, decodeChange(data))
  } catch (error) {
    if (!(error instanceof MembershipError)) throw error
    throw new InvariantError(`the configuration entry at ${index} cannot be applied: ${error.message}`)
  }
}

/** Committed, not applied, and about the membership: until it is applied this node may count wrong, so it does not stand. */
export function hasUnappliedChange(node: Node): boolean {
  if (node.unactivated.length > 0) return true
  const { log, config } = node
  const end = index(log.commit + 1)
  // In pages: after a start everything that is committed may be unapplied.
  for (let from = index(log.applied + 1); from < end; ) {
    const page = log.slice(from, end, config.maxApplyingBytes) ?? []
    if (page.some(({ type }) => type === 'configuration')) return true
    if (page.length === 0) return false
    from = index(from + page.length)
  }
  return false
}

function switchTo(node: Node, configuration: Configuration, at: Index): void {
  node.switchTo(configuration, at)
  if (node.role !== 'leader') return
  if (!isVoter(configuration, node.id)) {
    if (node.config.stepDownOnRemoval) node.becomeFollower(node.term, null, { reason: 'no-voter-any-more' })
    return
  }
  // Fewer voters may mean that more is committed, and that the answers that are in suffice; nobody may be left to answer.
  boundLeaseOfOneNoLongerAlone(node)
  extendLease(node)
  confirmReads(node)
  // Members that came need not wait for a heartbeat.
  if (advanceCommit(node)) broadcastAppend(node)
  else for (const member of node.progress.keys()) if (member !== node.id) sendAppend(node, member, false)
  if (node.transferTarget !== null && !isVoter(configuration, node.transferTarget)) abandonTransfer(node)
}

/** One change at a time: the next one is for the configuration that this one makes, and that is in force when it is applied. */
function changeIsPending({ pendingChange, log }: Node): boolean {
  return log.applied < pendingChange
}

/**
 * Thesis §4.3: the leader leaves a joint configuration by itself, once it is in force, and once: not while the entry that leaves it, or
 * any other change, is on its way.
 */
export function leaveJointIfDue(node: Node): void {
  if (node.role !== 'leader' || !node.configuration.autoLeave || changeIsPending(node)) return
  if (node.transferTarget !== null) return
  node.pendingChange = index(node.log.lastIndex + 1)
  appendToOwnLog(node, [{ type: 'configuration', data: new Uint8Array(0) }])
  broadcastAppend(node)
}

/** Why a change may not be proposed now, or null. Each node that applies it must be able to: so it is tried out. */
function refusal(node: Node, change: MembershipChange): DropReason | null {
  if (changeIsPending(node)) return 'change-pending'
  if (!isJoint(node.configuration) && change.changes.length === 0) return 'invalid-change'
  try {
    // As everybody will read it: what is no change there must not come into the log.
    changed(node.configuration, decodeChange(encodeChange(change)))
    return null
  } catch (error) {
    if (error instanceof MembershipError) return 'invalid-change'
    throw error
  }
}

/** Is this the entry of a change that may be proposed now? */
function isAdmissible(node: Node, { data }: Payload): boolean {
  try {
    return refusal(node, decodeChange(data)) === null
  } catch (error) {
    if (error instanceof MembershipError) return false
    throw error
  }
}

/**
 * Proposed configuration entries that may not be made become no-ops, so that a batch keeps its places (as in etcd/raft, and with its gap:
 * nobody waits here for an entry of the leader's own term, for which `reconfigure` does). A runtime
 * changes its members with `reconfigure`, which refuses instead.
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
 * A change for a user: with compare-and-set on the index of the configuration it is meant for, and not before the leader
 * has committed an entry of its own term (Ongaro, raft-dev 2015: else two leaders' changes may have disjoint quorums).
 */
export function changeToPropose(node: Node, change: MembershipChange, expected: Index): Payload | DropReason {
  if (node.role !== 'leader') return node.leader === null ? 'no-leader' : 'not-leader'
  // Compare and set: whoever asks for a change has seen the configuration that it changes.
  if (expected !== node.configurationIndex) return 'configuration-changed'
  if (node.transferTarget !== null) return 'transferring'
  // A leader that only elects appends nothing of its term unasked.
  if (node.termStart === 0) {
    beginTermInLog(node)
    broadcastAppend(node)
  }
  if (!hasCommittedInOwnTerm(node.log.commit, node.termStart)) return 'change-pending'
  return refusal(node, change) ?? { type: 'configuration', data: encodeChange(change) }
}

/** Remembers configuration entries as they are handed out. */
export function noteHandedOut(node: Node, entries: readonly Entry[]): void {
  for (const entry of entries) if (entry.type === 'configuration') node.unactivated.push(entry)
}

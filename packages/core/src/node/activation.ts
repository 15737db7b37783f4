// Configurations take effect when they are applied, as in etcd/raft. (In thesis §4.1 they take effect when
// they are appended.) One change at a time: none is proposed while another may be unapplied, so two
// configurations in force share a quorum.
import { InvariantError, invariant } from '../invariant.ts'
import { isConfiguration } from '../log/index.ts'
import { changed, decodeChange, isVoter, MembershipError } from '../membership/index.ts'
import { type Configuration, type Entry, type Index, index } from '../types.ts'
import { findChange } from './find-change.ts'
import { boundLease, renewLease } from './lease-renewal.ts'
import type { Node } from './node.ts'
import { confirmReads } from './reads.ts'
import {
  advanceCommit,
  appendToOwnLog,
  broadcastAppend,
  broadcastHeartbeat,
  sendAppend,
} from './replication.ts'
import { abandonTransfer } from './transfer.ts'

/** Remembers configuration entries when they are handed out. */
export function noteHandedOut(node: Node, entries: readonly Entry[]): void {
  for (const entry of entries) if (isConfiguration(entry)) node.unactivated.push(entry)
}

/** Configuration entries that were handed out take effect, up to `upTo`. */
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

/**
 * The leader admitted the entry to the log. If it makes no sense here, the log or the configuration is not
 * the cluster's.
 */
function configurationAfter({ configuration }: Node, { index, data }: Entry): Configuration {
  // Without a configuration to change, the entry would make a cluster of the new members alone, with a leader
  // of its own.
  invariant(configuration.voters.length > 0, `entry ${index} changes a configuration that is not known here`)
  try {
    return changed(configuration, decodeChange(data))
  } catch (error) {
    if (!(error instanceof MembershipError)) throw error
    throw new InvariantError(`the configuration entry at ${index} cannot be applied: ${error.message}`)
  }
}

/**
 * Whether a change is committed and not applied. Until it is applied this node may count the wrong votes, so
 * it does not stand. Committed entries stay as they are, so each is looked at once: a start may have
 * millions.
 */
export function hasUnappliedChange(node: Node): boolean {
  const { log } = node
  const change = findChange(node, Math.max(log.applied, node.searched), log.commit)
  node.searched = change === undefined ? log.commit : change.index - 1
  return node.unactivated.length > 0 || change !== undefined
}

function switchTo(node: Node, configuration: Configuration, at: Index): void {
  node.switchTo(configuration, at)
  if (node.role !== 'leader') return
  if (!isVoter(configuration, node.id)) {
    if (node.config.stepDownOnRemoval) node.becomeFollower(node.term, null, { reason: 'no-voter-any-more' })
    return
  }
  // With fewer voters more may be committed, and the answers so far may suffice. There may be no other voter
  // left to answer.
  boundLease(node)
  renewLease(node)
  confirmReads(node)
  // New members need not wait for a heartbeat, and the next change finds their promises.
  if (node.config.lease) broadcastHeartbeat(node)
  if (advanceCommit(node)) broadcastAppend(node)
  else for (const member of node.progress.keys()) if (member !== node.id) sendAppend(node, member, false)
  if (node.transferTarget !== null && !isVoter(configuration, node.transferTarget)) abandonTransfer(node)
}

/**
 * One change at a time: the next one is for the configuration that this one makes, and that is in force once
 * it is applied.
 */
export function changeIsPending({ pendingChange, log }: Node): boolean {
  return log.applied < pendingChange
}

/**
 * Thesis §4.3: the leader leaves a joint configuration by itself, when it is in force and no other change is
 * on its way.
 */
export function leaveJointIfDue(node: Node): void {
  if (node.role !== 'leader' || !node.configuration.autoLeave || changeIsPending(node)) return
  if (node.transferTarget !== null) return
  node.pendingChange = index(node.log.lastIndex + 1)
  appendToOwnLog(node, [{ type: 'configuration', data: new Uint8Array(0) }])
  broadcastAppend(node)
}

// What a leader sends to keep the logs equal: appends and heartbeats (paper §5.3, figure 2 “Rules for
// servers, leaders”).
import { bytesOf, commitToTell, mayCommitAt } from '../log/index.ts'
import { votersOf } from '../membership/index.ts'
import type { Append } from '../message.ts'
import { jointCommittedIndex } from '../quorum/index.ts'
import { type Entry, type EntryId, type Index, index, type NodeId, type Payload, term } from '../types.ts'
import type { Node } from './node.ts'
import { offerSnapshot } from './offer-snapshot.ts'
import { releasePostponedReads } from './reads.ts'
import { successorPriority } from './successor.ts'

/**
 * Sends the next append to a member, unless its flow is paused. An append without new entries is sent only if
 * `evenIfEmpty` (to tell the commit index, or to probe). Returns whether one was sent.
 */
export function sendAppend(node: Node, to: NodeId, evenIfEmpty: boolean): boolean {
  const progress = node.progress.get(to)
  if (progress === undefined || progress.paused) return false
  const { log } = node
  const prevIndex = index(progress.next - 1)
  const prevTerm = log.termAt(prevIndex)
  if (prevTerm === undefined) return offerSnapshot(node, to, progress)
  const entries = progress.inflightFull
    ? []
    : log.slice(progress.next, index(log.lastIndex + 1), node.config.maxMessageBytes)
  if (entries === undefined) return offerSnapshot(node, to, progress)
  if (entries.length === 0 && !evenIfEmpty) return false
  node.send(to, sharedAppend(node, { term: prevTerm, index: prevIndex }, entries))
  progress.sentEntries(entries.length, bytesOf(entries))
  progress.sentCommit = log.commit
  return true
}

/** Members at the same place get the very same message, so that a transport may encode it once. */
function sharedAppend(node: Node, prev: EntryId, entries: readonly Entry[]): Append {
  const { lastAppend, log } = node
  const last = entries.at(-1)
  if (
    lastAppend !== null &&
    lastAppend.prev.index === prev.index &&
    lastAppend.commit === log.commit &&
    lastAppend.entries.at(-1)?.index === last?.index
  )
    return lastAppend
  node.lastAppend = { type: 'append', term: node.term, prev, entries, commit: log.commit }
  return node.lastAppend
}

export function broadcastAppend(node: Node): void {
  for (const member of node.progress.keys()) if (member !== node.id) sendAppend(node, member, true)
}

export function broadcastHeartbeat(node: Node): void {
  const { log, progress, configuration } = node
  const common = {
    sentAt: node.now,
    round: node.reads.nextRound(),
    successorPriority: successorPriority(node),
    heldByAll: progress.heldBy(votersOf(configuration), log.lastIndex),
  }
  for (const [member, its] of progress) {
    if (member === node.id) continue
    const commit = commitToTell(its.match, log.commit)
    node.send(member, { type: 'heartbeat', term: node.term, commit, ...common })
    its.sentCommit = commit
  }
}

/**
 * Appends to the leader's own log; null when too much is uncommitted already. That never holds up a change of
 * the membership: one at most is under way, and commands may take all room that becomes free. The leader
 * acknowledges its own entries by a message to itself that waits for the write: its copy counts only when
 * durable.
 */
export function appendToOwnLog(node: Node, payloads: readonly Payload[]): EntryId | null {
  let bytes = 0
  let limited = 0
  for (const { type, data } of payloads) {
    bytes += data.length
    if (type === 'normal') limited += data.length
  }
  const { maxUncommittedBytes } = node.config
  const over = maxUncommittedBytes > 0 && node.uncommittedBytes + bytes > maxUncommittedBytes
  if (over && limited > 0 && node.uncommittedBytes > 0) return null
  node.uncommittedBytes += bytes
  const place = { term: node.term, index: index(node.log.lastIndex + 1) }
  node.log.append(
    payloads.map(({ type, data }, i) => ({ term: place.term, index: index(place.index + i), type, data })),
  )
  acknowledge(node, node.id, node.log.lastIndex)
  return place
}

const noHint: EntryId = { term: term(0), index: index(0) }

/** Accepts an append: the log holds everything up to `upTo`. */
export function acknowledge(node: Node, to: NodeId, upTo: Index): void {
  node.send(to, { type: 'appendResponse', term: node.term, index: upTo, rejected: false, hint: noHint })
}

/**
 * §5.4.2, thesis §6.4: with a no-op of its own term a new leader commits the entries of earlier terms, and
 * learns what is committed.
 */
export function beginTermInLog(node: Node): void {
  node.termStart = index(node.log.lastIndex + 1)
  appendToOwnLog(node, [{ type: 'normal', data: new Uint8Array(0) }])
}

/**
 * §5.3, §5.4.2: moves the commit index to the last entry of this term that a quorum holds. Returns whether it
 * moved.
 */
export function advanceCommit(node: Node): boolean {
  const acknowledged = (member: NodeId): Index | undefined => node.progress.get(member)?.match
  const reached = jointCommittedIndex(node.configuration, acknowledged)
  if (reached <= node.log.commit || !mayCommitAt(node.log.termAt(reached), node.term)) return false
  node.log.commitTo(reached)
  releasePostponedReads(node)
  return true
}

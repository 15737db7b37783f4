// What a leader sends to keep the logs equal: appends, and heartbeats (paper §5.3, figure 2 "Rules for servers, leaders").
import { leaseDuration, quorumAnsweredSince } from './election/lease.ts'
import { heirPriority } from './election/priority.ts'
import { heldByAll } from './election/witness.ts'
import { bytesOf } from './log/log.ts'
import { mayCommitAt } from './log/match.ts'
import type { Append } from './message.ts'
import type { Node } from './node.ts'
import { jointCommittedIndex } from './quorum/joint.ts'
import { releasePostponedReads } from './read/read-index.ts'
import { offerSnapshot } from './snapshot/offer.ts'
import { type Entry, type EntryId, type Index, index, type NodeId, type Payload } from './types.ts'

/**
 * Sends the next append to a member, unless its flow is paused. Without new entries only when `evenIfEmpty` (to tell the
 * commit index, or to probe). Returns whether one was sent.
 */
export function sendAppend(node: Node, to: NodeId, evenIfEmpty: boolean): boolean {
  const progress = node.progress.get(to)
  if (progress === undefined || progress.paused) return false
  const { log } = node
  const prevIndex = index(progress.next - 1)
  const prevTerm = log.termAt(prevIndex)
  if (prevTerm === undefined) return offerSnapshot(node, to, progress)
  // With a full window only empty appends go: their answer tells whether the window was lost.
  const mayCarry = progress.state !== 'replicate' || !progress.inflightFull
  const entries = mayCarry
    ? log.slice(progress.next, index(log.lastIndex + 1), node.config.maxMessageBytes)
    : []
  if (entries === undefined) return offerSnapshot(node, to, progress)
  if (entries.length === 0 && !evenIfEmpty) return false
  node.send(to, sharedAppend(node, { term: prevTerm, index: prevIndex }, entries))
  progress.sentEntries(entries.length, bytesOf(entries))
  progress.sentCommit = log.commit
  return true
}

/** Members that are at the same place get the very same message, so that a transport may encode it once. */
function sharedAppend(node: Node, prev: EntryId, entries: readonly Entry[]): Append {
  const { lastAppend, log } = node
  const last = entries[entries.length - 1]
  if (
    lastAppend !== null &&
    lastAppend.prev.index === prev.index &&
    lastAppend.commit === log.commit &&
    lastAppend.entries[lastAppend.entries.length - 1]?.index === last?.index
  )
    return lastAppend
  node.lastAppend = { type: 'append', term: node.term, prev, entries, commit: log.commit }
  return node.lastAppend
}

export function broadcastAppend(node: Node): void {
  for (const member of node.progress.keys()) if (member !== node.id) sendAppend(node, member, true)
}

/** Never a commit index beyond what the member is known to hold: its log may differ there. */
export function commitToTell(match: Index, commit: Index): Index {
  return index(Math.min(match, commit))
}

export function broadcastHeartbeat(node: Node): void {
  const round = node.reads.nextRound()
  const common = { sentAt: node.now, round, heirPriority: heirPriority(node), heldByAll: heldByAll(node) }
  for (const [member, progress] of node.progress) {
    if (member === node.id) continue
    const commit = commitToTell(progress.match, node.log.commit)
    node.send(member, { type: 'heartbeat', term: node.term, commit, ...common })
    progress.sentCommit = commit
  }
}

/**
 * Appends to the leader's own log; null when too much is uncommitted already. The leader acknowledges its own entries by a
 * message to itself that waits for the write: its copy counts only when durable.
 */
export function appendToOwnLog(node: Node, payloads: readonly Payload[]): EntryId | null {
  let bytes = 0
  for (const { data } of payloads) bytes += data.length
  const { maxUncommittedBytes } = node.config
  const over = maxUncommittedBytes > 0 && node.uncommittedBytes + bytes > maxUncommittedBytes
  if (over && bytes > 0 && node.uncommittedBytes > 0) return null
  node.uncommittedBytes += bytes
  const first = index(node.log.lastIndex + 1)
  const { term } = node
  node.log.append(payloads.map(({ type, data }, i) => ({ term, index: index(first + i), type, data })))
  node.send(node.id, {
    type: 'appendResponse',
    term,
    index: node.log.lastIndex,
    rejected: false,
    hint: { term: 0 as typeof term, index: index(0) },
  })
  return { term, index: first }
}

/** §5.4.2, thesis §6.4: a no-op of its own term lets a new leader commit what earlier terms left, and know what is committed. */
export function beginTermInLog(node: Node): void {
  node.termStart = index(node.log.lastIndex + 1)
  appendToOwnLog(node, [{ type: 'normal', data: new Uint8Array(0) }])
}

/** §5.3, §5.4.2: moves the commit index to the last entry of this term that a quorum holds. Returns whether it moved. */
export function advanceCommit(node: Node): boolean {
  const acknowledged = (member: NodeId): Index | undefined => node.progress.get(member)?.match
  const reached = jointCommittedIndex(node.configuration, acknowledged)
  if (reached <= node.log.commit || !mayCommitAt(node.log.termAt(reached), node.term)) return false
  node.log.commitTo(reached)
  releasePostponedReads(node)
  return true
}

/** Thesis §6.4.1: the lease runs from the sending of the last heartbeat that a quorum has answered. */
export function extendLease(node: Node): void {
  if (!node.config.lease || node.leaseRevoked) return
  const answered = (member: NodeId): number | undefined => node.progress.get(member)?.answeredSentAt
  const since = quorumAnsweredSince(node.configuration, answered)
  node.leaseDeadline = Math.max(node.leaseDeadline, since + leaseDuration(node.config))
}

/**
 * A leader alone needs no answers: its lease has no end. When members come it ends, at the latest, as if they had all answered
 * now: nobody can be elected without the leader until it has told somebody of a later configuration than this one.
 */
export function boundLeaseOfOneNoLongerAlone(node: Node): void {
  if (node.leaseDeadline === Number.POSITIVE_INFINITY)
    node.leaseDeadline = node.now + leaseDuration(node.config)
}

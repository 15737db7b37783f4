// What a leader does with each message (paper §5.3, §5.4; figure 2 "Rules for servers, leaders").
import { quorumIsAlive } from '../election/lease.ts'
import { lastPlaceOfTermAtMost, type Terms } from '../log/match.ts'
import { leaveJointIfDue } from '../membership/activate.ts'
import type { AppendResponse, HeartbeatResponse } from '../message.ts'
import type { Node } from '../node.ts'
import type { Progress } from '../progress/progress.ts'
import { confirmReads, leaderRead } from '../read/read-index.ts'
import { advanceCommit, beginTermInLog, broadcastAppend, extendLease, sendAppend } from '../replication.ts'
import { beginTransfer, finishTransferIfCaughtUp, handOverAsWitness } from '../transfer.ts'
import type { EntryId, Index, NodeId } from '../types.ts'
import { type Handlers, ignore } from './handlers.ts'
import { leaderPropose, proposeAnswered } from './proposal.ts'
import { readAnswered } from './read.ts'

export function takeOffice(node: Node): void {
  node.becomeLeader()
  // Whoever follows must not rely on a lease of one that hands over at once.
  node.leaseRevoked = node.config.witness
  if (!node.config.electionOnly || hasUnfinishedChange(node)) beginTermInLog(node)
  extendLease(node)
}

/** Earlier leaders left a change of the membership that is not known to be committed, or to be over. */
function hasUnfinishedChange({ log, configuration }: Node): boolean {
  return log.lastIndex > log.commit || log.commit > log.applied || configuration.autoLeave
}

/** Thesis §6.2: a leader that has not heard a quorum for an election timeout is no leader. */
export function stepDownWithoutQuorum(node: Node): void {
  const isActive = (member: NodeId): boolean => node.progress.get(member)?.recentActive === true
  if (!quorumIsAlive(node.configuration, isActive))
    node.becomeFollower(node.term, null, { reason: 'no-quorum' })
  for (const [member, progress] of node.progress) if (member !== node.id) progress.recentActive = false
}

function handleAppendResponse(node: Node, from: NodeId, message: AppendResponse): void {
  const progress = node.progress.get(from)
  if (progress === undefined) return
  progress.hear()
  if (message.rejected) return backOff(node, from, progress, message)
  const advanced = progress.acknowledge(message.index)
  const probeAnswered = progress.state === 'probe' && progress.match === message.index
  if (!advanced && !probeAnswered) return
  if (progress.state === 'replicate') progress.freeInflight(message.index)
  else if (progress.state === 'probe' || progress.match + 1 >= node.log.firstIndex) {
    if (progress.state === 'snapshot') progress.becomeProbe()
    progress.becomeReplicate()
  }

  if (advanceCommit(node)) broadcastAppend(node)
  else if (from !== node.id && progress.mayBumpCommit(node.log.commit)) sendAppend(node, from, true)
  if (from === node.id) return
  // The window may have opened: send what has gathered.
  while (sendAppend(node, from, false));
  finishTransferIfCaughtUp(node, from)
  handOverAsWitness(node, from)
}

/** §5.3, end: skip every place of ours whose term is above the follower's there; the logs cannot agree before. */
export function placeToProbe(log: Terms, hint: EntryId): Index {
  return hint.term > 0 ? lastPlaceOfTermAtMost(log, hint.index, hint.term).index : hint.index
}

function backOff(
  node: Node,
  from: NodeId,
  progress: Progress,
  { index: rejected, hint }: AppendResponse,
): void {
  const next = placeToProbe(node.log, hint)
  if (!progress.backOff(rejected, next)) return
  if (progress.state === 'replicate') progress.becomeProbe()
  sendAppend(node, from, true)
}

function handleHeartbeatResponse(node: Node, from: NodeId, message: HeartbeatResponse): void {
  const progress = node.progress.get(from)
  if (progress === undefined) return
  progress.hear()
  progress.resume()
  progress.answeredSentAt = Math.max(progress.answeredSentAt, message.sentAt)
  progress.priority = message.priority
  progress.answeredRound = Math.max(progress.answeredRound, message.round)
  extendLease(node)
  // It lags, or messages were lost: an append (empty if the window is full) gets things going again.
  if (progress.match < node.log.lastIndex || progress.state === 'probe') sendAppend(node, from, true)
  confirmReads(node)
  handOverAsWitness(node, from)
}

export const leader: Handlers = {
  propose: leaderPropose,
  proposeResponse: proposeAnswered,
  readIndex: (node, from, { request, policy }) => leaderRead(node, { from, request, policy }),
  readIndexResponse: readAnswered,
  appendResponse: handleAppendResponse,
  heartbeatResponse: handleHeartbeatResponse,
  transferLeader: (node, _from, { to }) => {
    beginTransfer(node, to)
    // It may have given one up, to stay: what that held off goes on.
    leaveJointIfDue(node)
  },
  // Two leaders of one term cannot be; raft.ts refuses these before they get here.
  append: ignore,
  heartbeat: ignore,
  snapshot: ignore,
  timeoutNow: ignore,
  voteResponse: ignore,
  preVoteResponse: ignore,
}

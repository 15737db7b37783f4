// What a leader does with each message (paper §5.3, §5.4; figure 2 “Rules for servers, leaders”).
import { heartbeatIntervalFor, leaseDuration, quorumIsAlive } from '../election/index.ts'
import { placeToProbe } from '../log/index.ts'
import type { AppendResponse, HeartbeatResponse } from '../message.ts'
import {
  advanceCommit,
  beginTermInLog,
  beginTransfer,
  broadcastAppend,
  confirmReads,
  finishTransferIfCaughtUp,
  leaderRead,
  leaveJointIfDue,
  type Node,
  renewLease,
  sendAppend,
  transferAsWitness,
} from '../node/index.ts'
import type { Progress } from '../progress/index.ts'
import type { NodeId } from '../types.ts'
import { type Handlers, ignore } from './handlers.ts'
import { leaderPropose, proposeAnswered } from './proposal.ts'
import { readAnswered } from './read.ts'

export function beginLeadership(node: Node): void {
  node.becomeLeader()
  // A witness transfers leadership at once, so it takes no lease.
  node.leaseRevoked = node.config.witness
  if (!node.config.electionOnly || hasUnfinishedChange(node)) beginTermInLog(node)
  renewLease(node)
}

/** Whether earlier leaders left a change of the membership that may not be committed, or not be over. */
function hasUnfinishedChange({ log, configuration }: Node): boolean {
  return log.lastIndex > log.commit || log.commit > log.applied || configuration.autoLeave
}

/** Thesis §6.2: a leader that has heard no quorum for an election timeout leads no more. */
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
  // An answer to an earlier message, or to a former leader, says nothing about the place that is probed.
  const probeAnswered = progress.state === 'probe' && progress.next - 1 === message.index
  if (!advanced && !probeAnswered) return
  if (progress.state === 'replicate') progress.freeInflight(message.index)
  else if (progress.state === 'probe' || progress.match + 1 >= node.log.firstIndex) {
    if (progress.state === 'snapshot') progress.becomeProbe()
    progress.becomeReplicate()
  }

  if (advanceCommit(node)) broadcastAppend(node)
  else if (from !== node.id && progress.mayBumpCommit(node.log.commit)) sendAppend(node, from, true)
  if (from === node.id) return
  // The window may have opened: send the entries that have gathered.
  while (sendAppend(node, from, false));
  finishTransferIfCaughtUp(node, from)
  transferAsWitness(node, from)
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
  progress.promise = message.promise
  const promisedUntil = message.sentAt + leaseDuration(message.promise, node.config)
  progress.promisedUntil = Math.max(progress.promisedUntil, promisedUntil)
  node.heartbeatInterval = heartbeatIntervalFor(message.promise, node.heartbeatInterval, node.config)
  progress.priority = message.priority
  progress.answeredRound = Math.max(progress.answeredRound, message.round)
  renewLease(node)
  // The member lags, or messages were lost. An append, empty if the window is full, gets things going again.
  if (progress.match < node.log.lastIndex || progress.state === 'probe') sendAppend(node, from, true)
  confirmReads(node)
  transferAsWitness(node, from)
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
    // This may have abandoned a transfer that held off the end of a joint configuration.
    leaveJointIfDue(node)
  },
  // A term has one leader. receive.ts stops the node before a second one's messages get here.
  append: ignore,
  heartbeat: ignore,
  snapshot: ignore,
  timeoutNow: ignore,
  voteResponse: ignore,
  preVoteResponse: ignore,
}

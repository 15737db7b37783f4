// Handing leadership over (thesis §3.10): bring the target's log up to date, then tell it to stand at once.
import { betterVoter } from './election/priority.ts'
import { isVoter, mayLead } from './membership/configuration.ts'
import type { Node } from './node.ts'
import { sendAppend } from './replication.ts'
import type { Index, NodeId } from './types.ts'

/** Election timeouts: if it fails it has cost the leadership, so it is not tried again at once. */
const PAUSE_AFTER_HAND_OVER = 20

/** The voter that can take over soonest: heard of lately, not of priority 0 if there is another, and with the longest log. */
export function mostCaughtUpVoter(node: Node): NodeId | null {
  let best: NodeId | null = null
  let most = -1
  let isPreferred = false
  for (const [member, { match, priority, heardLately }] of node.progress) {
    if (member === node.id || !heardLately || !isVoter(node.configuration, member)) continue
    // Of two that are alike in this the longer log, else the one that may lead gladly.
    const prefers = priority > 0
    if (prefers === isPreferred ? match <= most : isPreferred) continue
    best = member
    most = match
    isPreferred = prefers
  }
  return best
}

/** Begins a transfer; proposals are refused until it is over. Ignored for itself, for strangers and for learners. */
export function beginTransfer(node: Node, to: NodeId): void {
  const progress = node.progress.get(to)
  if (progress === undefined || !mayLead(node.configuration, to) || to === node.transferTarget) return
  // To itself: the one that is under way is given up, and with it, if its target was told to stand, the term.
  if (to === node.id) {
    abandonTransfer(node)
    return
  }
  node.transferTarget = to
  node.transferDeadline = node.now + node.config.electionTimeout
  if (!finishTransferIfCaughtUp(node, to)) sendAppend(node, to, true)
}

/** Thesis §3.10: only a log that ends where the leader's does is sure to win. */
export function isCaughtUp(match: Index, lastIndex: Index): boolean {
  return match === lastIndex
}

/** Tells the target to stand, once its log is complete. From then on no lease of this term may be relied on. */
export function finishTransferIfCaughtUp(node: Node, member: NodeId): boolean {
  const match = node.progress.get(member)?.match
  if (member !== node.transferTarget || match === undefined) return false
  if (!isCaughtUp(match, node.log.lastIndex)) return false
  node.leaseRevoked = true
  node.leaseDeadline = Number.NEGATIVE_INFINITY
  node.send(member, { type: 'timeoutNow', term: node.term })
  return true
}

/** The target did not take over in time: lead on. With leases on only a new term can have one again: step down. True: it leads on. */
export function abandonTransfer(node: Node): boolean {
  const target = node.transferTarget
  node.transferDeadline = Number.POSITIVE_INFINITY
  if (target === null) return false
  node.transferTarget = null
  if (!node.config.lease || !node.leaseRevoked) return true
  node.becomeFollower(node.term, null, { reason: 'transfer-failed', target })
  return false
}

/** A leader looks, an election timeout at a time, whether another one should lead: see election/priority.ts. */
export function handOverToBetter(node: Node): void {
  if (node.role !== 'leader' || node.transferTarget !== null || node.now < node.noHandOverBefore) return
  const better = betterVoter(node)
  if (better === null) return
  node.noHandOverBefore = node.now + PAUSE_AFTER_HAND_OVER * node.config.electionTimeout
  beginTransfer(node, better)
}

/** A witness that leads: `member` has the whole log, and should lead instead (election/witness.ts). */
export function handOverAsWitness(node: Node, member: NodeId): void {
  const progress = node.progress.get(member)
  if (!node.config.witness || node.transferTarget !== null || progress === undefined) return
  if (!isVoter(node.configuration, member) || node.log.commit < node.termStart) return
  if (!isCaughtUp(progress.match, node.log.lastIndex) || node.now < node.noWitnessHandOverBefore) return
  // Two witnesses, and nobody else who is there, would do nothing but hand over to one another.
  node.noWitnessHandOverBefore = node.now + node.config.electionTimeout
  beginTransfer(node, member)
}

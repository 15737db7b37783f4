// The members that could succeed a leader (election/priority.ts; thesis §3.10).
import { isVoter } from '../membership/index.ts'
import type { NodeId } from '../types.ts'
import type { Node } from './node.ts'

/**
 * The election timeouts in which a member must have answered without a gap, before leadership is transferred
 * to it for its priority.
 */
const STEADY = 2

/**
 * The greatest priority among the other voters that answered lately. Others wait for that one when the leader
 * is gone.
 */
export function successorPriority(node: Node): number {
  let best = 0
  for (const [member, { priority, heardLately }] of node.progress)
    if (member !== node.id && heardLately && priority > best && isVoter(node.configuration, member))
      best = priority
  return best
}

/** The best of the voters that have a greater priority than this leader and are steady. */
export function betterVoter(node: Node): NodeId | null {
  let best: NodeId | null = null
  let { priority: most } = node
  for (const [member, { priority, steadyFor, state }] of node.progress) {
    if (member === node.id || priority <= most || !isVoter(node.configuration, member)) continue
    if (state !== 'replicate' || steadyFor < STEADY) continue
    best = member
    most = priority
  }
  return best
}

/**
 * The voter that can take over soonest: heard of lately, with a priority above 0 if there is one, and with
 * the longest log.
 */
export function mostCaughtUpVoter(node: Node): NodeId | null {
  let best: NodeId | null = null
  let most = -1
  let bestMayLead = false
  for (const [member, { match, priority, heardLately }] of node.progress) {
    if (member === node.id || !heardLately || !isVoter(node.configuration, member)) continue
    const isPreferred = priority > 0
    if (isPreferred === bestMayLead ? match <= most : bestMayLead) continue
    best = member
    most = match
    bestMayLead = isPreferred
  }
  return best
}

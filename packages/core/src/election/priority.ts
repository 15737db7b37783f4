// Who should lead where several could. Raft knows no such thing (thesis §3.10 speaks of servers that are preferred): it is a matter of
// taste, so it never costs safety, and never more than one election timeout of availability.
//
// Members tell the leader their priority with each heartbeat that they answer, the leader tells each of them the greatest among the
// others that could follow it. Whoever knows of a better one gives it one election timeout more to stand; a leader that knows of a
// better one hands over to it.
import { isVoter } from '../membership/configuration.ts'
import type { Node } from '../node.ts'
import type { Millis, NodeId } from '../types.ts'

/** Election timeouts in which a member must have answered before, without a gap. */
const STEADY = 2

/** How much longer than others a node waits that knows of a better one. */
export function electionDelay(own: number, best: number, electionTimeout: Millis): Millis {
  return own < best ? electionTimeout : 0
}

/** The greatest priority among the voters, without `except`, that answered lately: what may be waited for when the leader is gone. */
export function heirPriority(node: Node): number {
  let best = 0
  for (const [member, { priority, heardLately }] of node.progress)
    if (member !== node.id && heardLately && priority > best && isVoter(node.configuration, member))
      best = priority
  return best
}

/** The best of the voters that are better than this leader, and steady. */
export function betterVoter(node: Node): NodeId | null {
  let best: NodeId | null = null
  let { priority: most } = node
  for (const [member, progress] of node.progress) {
    const { priority, steadyFor, state } = progress
    if (member === node.id || priority <= most || !isVoter(node.configuration, member)) continue
    if (state !== 'replicate' || steadyFor < STEADY) continue
    best = member
    most = priority
  }
  return best
}

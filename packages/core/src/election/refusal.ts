// Why a voter does not give its vote (paper §5.2; thesis §4.2.3, §6.4.1), in words for people. What decides is in grant.ts.
import type { VoteRefusal } from '../message.ts'
import type { Node } from '../node.ts'

/** Of a node that helps nobody to depose a leader: which, and for how long yet. */
export function boundTo(node: Node): VoteRefusal {
  const { role, leader, now, timer, promisedUntil, config } = node
  if (role === 'leader') return { reason: 'leads' }
  const promised = config.lease ? promisedUntil - now : 0
  if (leader === null) return { reason: 'promised', remaining: promised, sinceStart: boundSinceStart(node) }
  const sticks = config.checkQuorum ? timer.start + config.electionTimeout - now : 0
  return { reason: 'follows-leader', leader, remaining: Math.max(promised, sticks) }
}

/** Is the promise the one that every node keeps that had a life before, whether or not it gave one then? */
export function boundSinceStart({ promisedUntil, elections }: Node): boolean {
  return promisedUntil === elections.promisedAtStart
}

/** Of a node that has no vote to give in this term. */
export function termIsTaken({ id, role, leader, vote }: Node): VoteRefusal {
  if (role === 'leader') return { reason: 'leads' }
  if (leader !== null) return { reason: 'term-has-leader', leader }
  return { reason: 'voted-for-other', vote: vote ?? id }
}

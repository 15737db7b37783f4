// The reasons why a voter gives no vote, for people (paper §5.2; thesis §4.2.3, §6.4.1). vote-request.ts
// decides.
import type { VoteRefusal } from '../message.ts'
import type { Node } from './node.ts'

/** Of a node that deposes no leader: which leader, and for how long yet. */
export function boundTo(node: Node): VoteRefusal {
  const { role, leader, now, timer, promisedUntil, config } = node
  if (role === 'leader') return { reason: 'leads' }
  const promised = config.lease ? promisedUntil - now : 0
  if (leader === null) return { reason: 'promised', remaining: promised, sinceStart: boundSinceStart(node) }
  const sticks = config.checkQuorum ? timer.start + config.electionTimeout - now : 0
  return { reason: 'follows-leader', leader, remaining: Math.max(promised, sticks) }
}

/** Whether its promise is the one that every restarted node begins with, even if it gave none before. */
export function boundSinceStart({ promisedUntil, elections }: Node): boolean {
  return promisedUntil === elections.promisedAtStart
}

/** Of a node that has no vote to give in this term. */
export function termIsTaken({ id, role, leader, vote }: Node): VoteRefusal {
  if (role === 'leader') return { reason: 'leads' }
  if (leader !== null) return { reason: 'term-has-leader', leader }
  return { reason: 'voted-for-other', vote: vote ?? id }
}

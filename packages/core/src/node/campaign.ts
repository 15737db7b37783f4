// Standing for election (paper §5.2; pre-vote: thesis §9.6; on a transfer: thesis §3.10).
import { votersOf } from '../membership/index.ts'
import { type Term, term } from '../types.ts'
import { hasUnappliedChange } from './activation.ts'
import type { Node } from './node.ts'

/**
 * `transfer`: the leader asked for the election, so no promise stands in the way and no pre-vote is needed.
 */
export type Campaign = 'preElection' | 'election' | 'transfer'

/**
 * Starts an election if this node may. A leader, a non-voter and a node that is bound by a promise may not.
 */
export function standForElection(node: Node, reason: 'timeout' | 'transfer'): void {
  // A leader has nothing to win: its followers hear it and would refuse it (thesis §4.2.3), and meanwhile
  // nobody would lead.
  if (node.role === 'leader' || !node.promotable || hasUnappliedChange(node)) return
  if (reason === 'transfer') campaign(node, 'transfer')
  else if (!node.isBoundByPromise) campaign(node, node.config.preVote ? 'preElection' : 'election')
}

export function campaign(node: Node, kind: Campaign): void {
  const isPreVote = kind === 'preElection'
  if (isPreVote) node.becomePreCandidate()
  else node.becomeCandidate()
  const type = isPreVote ? 'preVote' : 'vote'
  const asked: Term = isPreVote ? term(node.term + 1) : node.term
  const request = { term: asked, transfer: kind === 'transfer', last: node.log.last }
  const voters = votersOf(node.configuration)
  node.elections.asked({ ...request, kind: type, at: node.now, voters })
  for (const voter of voters) {
    // The own vote counts when it is durable, as every vote does.
    if (voter === node.id) node.send(voter, { type: `${type}Response`, term: asked, granted: true })
    else node.send(voter, { type, ...request })
  }
}

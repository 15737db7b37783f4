// Standing for election (paper §5.2; pre-vote: thesis §9.6; by transfer: thesis §3.10).
import { hasUnappliedChange } from '../membership/activate.ts'
import { votersOf } from '../membership/configuration.ts'
import type { Node } from '../node.ts'
import { type Term, term } from '../types.ts'

/** `transfer`: the leader asked for it, so nobody's promise stands in the way and no pre-vote is needed. */
export type Campaign = 'preElection' | 'election' | 'transfer'

/** Starts an election if this node may. A leader, a non-voter, and a node bound by its promise to a leader may not. */
export function standForElection(node: Node, reason: 'timeout' | 'transfer'): void {
  // A leader has nothing to win: its followers hear it and would refuse it (thesis §4.2.3), while nobody led any more.
  if (node.role === 'leader' || !node.promotable || hasUnappliedChange(node)) return
  if (reason === 'transfer') campaign(node, 'transfer')
  else if (!node.isBoundByPromise) campaign(node, node.config.preVote ? 'preElection' : 'election')
}

export function campaign(node: Node, kind: Campaign): void {
  const preVote = kind === 'preElection'
  if (preVote) node.becomePreCandidate()
  else node.becomeCandidate()
  const asked: Term = preVote ? term(node.term + 1) : node.term
  const { last } = node.log
  const voters = votersOf(node.configuration)
  node.elections.asks({
    kind: preVote ? 'preVote' : 'vote',
    term: asked,
    transfer: kind === 'transfer',
    last,
    at: node.now,
    voters,
  })
  for (const voter of voters) {
    if (voter === node.id) {
      // Its own vote counts when it is durable, like everybody's.
      node.send(voter, { type: preVote ? 'preVoteResponse' : 'voteResponse', term: asked, granted: true })
    } else {
      node.send(voter, {
        type: preVote ? 'preVote' : 'vote',
        term: asked,
        last,
        transfer: kind === 'transfer',
      })
    }
  }
}

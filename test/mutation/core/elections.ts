// Broken elections: votes, terms, pre-vote, the quorum check.
import type { Configuration } from '@oarlock/core'
import { type Mutant, mutant, scripted } from '../mutant.ts'
import {
  campaign,
  durability,
  lease,
  majority,
  node,
  nonMember,
  term,
  timer,
  vote,
  voteRequest,
} from './modules.ts'

export const elections: readonly Mutant[] = [
  scripted(
    'vote-after-a-crash',
    mutant(
      'E1',
      'votes are answered before they are on disk',
      durability.replace(
        'waitsForWrite',
        (original) => (envelope) => envelope.message.type !== 'voteResponse' && original(envelope),
      ),
    ),
  ),
  mutant(
    'E3',
    'the vote is forgotten on stepping down within the term',
    vote.replace('retainedVote', () => () => null),
  ),
  mutant(
    'E4',
    'vote messages are counted, not distinct voters',
    vote.replace('electionResult', () => (received, { voters }) => {
      const needed = Math.floor(voters.length / 2) + 1
      const granted = received.filter((vote) => vote.granted).length
      if (granted >= needed) return 'won'
      return received.length - granted >= needed ? 'lost' : 'pending'
    }),
  ),
  scripted(
    'late-vote',
    mutant(
      'E5',
      'a vote that was granted in an earlier term is counted',
      term.replace(
        'isOfEarlierTerm',
        (original) => (message, current) => message.type !== 'voteResponse' && original(message, current),
      ),
    ),
  ),
  scripted(
    'late-order-to-stand',
    mutant(
      'E7',
      'a candidate that was told to stand gets votes with a log that is not up to date',
      voteRequest.patch('return candidateLogIsUpToDate(', 'return transfer || candidateLogIsUpToDate('),
    ),
  ),
  mutant(
    'E9',
    'a quorum is half of the voters, rounded down',
    majority.replace('majorityOf', () => (voters) => Math.floor(voters / 2)),
  ),
  mutant(
    'E11',
    'a repeated request of the candidate that has the vote is refused',
    vote.replace(
      'mayGrantVote',
      (original) => (request, own) => own.vote !== request.from && original(request, own),
    ),
  ),
  scripted(
    'vote-before-its-write',
    mutant(
      'E+',
      'a candidate leads before its own vote is on disk',
      vote.replace('mayBecomeLeader', () => () => true),
    ),
  ),
  scripted(
    'forgotten-candidacy',
    mutant(
      'E29',
      'a candidate asks for votes before its log is on disk',
      node.patch("return type === 'vote' && this.log.hasUndurable", 'return false'),
    ),
  ),
  scripted(
    'vote-restarts-the-wait',
    mutant(
      'E13',
      "a granted vote does not restart the voter's election timer",
      voteRequest.patch('node.vote = from\n  node.timer.restart(node.now)', 'node.vote = from'),
    ),
  ),
  mutant(
    'E15',
    'a vote in a term that is on disk already is written but not synced',
    durability.replace('hardStateMustSync', () => (before, now) => now.term !== before.term),
  ),
  mutant(
    'E17',
    'the longer log wins, whatever the term of its last entry',
    vote.replace('candidateLogIsUpToDate', () => (candidate, own) => candidate.index >= own.index),
  ),
  mutant(
    'E19',
    'the later last term wins, and with equal terms any log',
    vote.replace('candidateLogIsUpToDate', () => (candidate, own) => candidate.term >= own.term),
  ),
  mutant(
    'E21',
    'equal logs are not up to date',
    vote.replace(
      'candidateLogIsUpToDate',
      () => (candidate, own) =>
        candidate.term > own.term || (candidate.term === own.term && candidate.index > own.index),
    ),
  ),
  mutant(
    'E23',
    'the new members alone win an election in a joint configuration',
    vote.replace(
      'electionResult',
      (original) => (received, configuration) => original(received, { ...configuration, outgoing: [] }),
    ),
  ),
  mutant(
    'E25',
    'the old members alone win an election in a joint configuration',
    vote.replace(
      'electionResult',
      (original) => (received, configuration) => original(received, oldHalf(configuration)),
    ),
  ),
  mutant(
    'E27',
    'a refusal is counted as a vote',
    vote.replace('electionResult', (original) => (received, configuration) => {
      const granted = received.map((vote) => ({ ...vote, granted: true }))
      return original(granted, configuration)
    }),
  ),
  mutant(
    'P1',
    'a pre-candidate raises its term',
    node.patch(
      "this.role = 'preCandidate'",
      "this.term = (this.term + 1) as Term\n    this.role = 'preCandidate'",
    ),
  ),
  mutant(
    'P3',
    'a sender of an earlier term is not told the later one',
    term.replace('mustLearnLaterTerm', () => () => false),
  ),
  mutant(
    'P5',
    "a pre-vote is granted in the voter's own term",
    voteRequest.patch('const { term } = request', 'const { term } = node'),
  ),
  mutant(
    'P7',
    'a leader never checks for a quorum',
    lease.replace('quorumIsAlive', () => () => true),
  ),
  // It was a livelock in a core that kept replicating while it stood. Here a leadership is lost without
  // reason.
  scripted(
    'leader-told-to-stand',
    mutant(
      'P9',
      'a leader that is told to stand does so',
      campaign.patch("if (node.role === 'leader' || ", 'if ('),
    ),
  ),
  mutant(
    'P11',
    'a node that has voted in its term grants no pre-vote for a later one',
    vote.replace(
      'mayGrantVote',
      (original) => (request, own) => original({ ...request, preVote: false }, own),
    ),
  ),
  mutant(
    'P13',
    'a node that hears a leader helps a candidate to depose it',
    lease.replace('knowsLiveLeader', () => () => false),
  ),
  mutant(
    'P15',
    'a node that knows a leader helps no candidate, however long it has not heard that leader',
    lease.replace(
      'knowsLiveLeader',
      () =>
        ({ leader }) =>
          leader !== null,
    ),
  ),
  scripted(
    'late-pre-vote',
    mutant(
      'P17',
      'answers to an earlier pre-vote count',
      vote.replace('isGrantOfThisQuestion', () => () => true),
    ),
  ),
  mutant(
    'P19',
    'a node that lost its connection to the leader stands at once',
    timer.replace(
      'hurriedElectionTimeout',
      () => (_drawn, electionTimeout, chance) => (electionTimeout * chance) / 4,
    ),
  ),
  scripted(
    'quorum-of-both-halves',
    mutant(
      'P21',
      'a leader goes on with one majority of a joint configuration',
      lease.replace(
        'quorumIsAlive',
        (original) => (configuration, isActive) => original({ ...configuration, outgoing: [] }, isActive),
      ),
    ),
  ),
  scripted(
    'answer-of-a-removed-member',
    mutant(
      'P23',
      'late answers of removed members depose leaders',
      nonMember.replace('isAnswerOfNonMember', () => () => false),
    ),
  ),
]

/** Where it is joint. */
function oldHalf(configuration: Configuration): Configuration {
  const { voters, outgoing } = configuration
  return { ...configuration, voters: outgoing.length > 0 ? outgoing : voters, outgoing: [] }
}

// Broken elections: votes, terms, pre-vote, the quorum check.
import { type Configuration, standardRules, type Term } from '@oarlock/core'
import { type Mutant, mutant, scripted } from './mutant.ts'

export const elections: readonly Mutant[] = [
  scripted(
    'vote-after-a-crash',
    mutant('E1', 'votes are answered before they are on disk', {
      waitsForWrite: (envelope) =>
        envelope.message.type !== 'voteResponse' && standardRules.waitsForWrite(envelope),
    }),
  ),
  mutant('E3', 'the vote is forgotten on stepping down within the term', {
    retainedVote: () => null,
  }),
  mutant('E4', 'vote messages are counted, not distinct voters', {
    electionResult: (received, { voters }, majority) => {
      const needed = majority(voters.length)
      const granted = received.filter((vote) => vote.granted).length
      if (granted >= needed) return 'won'
      return received.length - granted >= needed ? 'lost' : 'pending'
    },
  }),
  scripted(
    'late-vote',
    mutant('E5', 'a vote that was granted in an earlier term is counted', {
      isOfEarlierTerm: (message, current) =>
        message.type !== 'voteResponse' && standardRules.isOfEarlierTerm(message, current),
    }),
  ),
  scripted(
    'late-order-to-stand',
    mutant('E7', 'a log need not be up to date where the election comes from a transfer', {
      candidateLogIsUpToDate: (candidate, own, byTransfer) =>
        byTransfer === true || standardRules.candidateLogIsUpToDate(candidate, own),
    }),
  ),
  mutant('E9', 'a quorum is half of the voters, rounded down', {
    majorityOf: (voters) => Math.floor(voters / 2),
  }),
  mutant('E11', 'a repeated request of the candidate that has the vote is refused', {
    mayGrantVote: (request, own) => own.vote !== request.from && standardRules.mayGrantVote(request, own),
  }),
  scripted(
    'vote-before-its-write',
    mutant('E+', 'a candidate leads before its own vote is on disk', {
      mayTakeOffice: () => true,
    }),
  ),
  scripted(
    'forgotten-candidacy',
    mutant('E29', 'a candidate asks for votes before the log that it tells of is on disk', {
      voteRequestWaits: () => false,
    }),
  ),
  scripted(
    'vote-restarts-the-wait',
    mutant('E13', 'whoever has granted a vote does not wait anew', {
      waitsForCandidate: () => false,
    }),
  ),
  mutant('E15', 'a vote in a term that is on disk already is written, and not synced', {
    hardStateMustSync: (before, now) => now.term !== before.term,
  }),
  mutant('E17', 'the longer log wins, whatever the term of its last entry', {
    candidateLogIsUpToDate: (candidate, own) => candidate.index >= own.index,
  }),
  mutant('E19', 'the later last term wins, and with equal terms anybody', {
    candidateLogIsUpToDate: (candidate, own) => candidate.term >= own.term,
  }),
  mutant('E21', 'equal logs are not up to date', {
    candidateLogIsUpToDate: (candidate, own) =>
      candidate.term > own.term || (candidate.term === own.term && candidate.index > own.index),
  }),
  mutant('E23', 'the new members alone win an election in a joint configuration', {
    electionResult: (received, configuration, majority) =>
      standardRules.electionResult(received, { ...configuration, outgoing: [] }, majority),
  }),
  mutant('E25', 'the old members alone win an election in a joint configuration', {
    electionResult: (received, configuration, majority) =>
      standardRules.electionResult(received, oldHalf(configuration), majority),
  }),
  mutant('E27', 'an answer is a vote, whatever it says', {
    electionResult: (received, configuration, majority) =>
      standardRules.electionResult(
        received.map((vote) => ({ ...vote, granted: true })),
        configuration,
        majority,
      ),
  }),
  mutant('P1', 'asking whether it would be elected raises the term', {
    termWhileAsking: (own) => (own + 1) as Term,
  }),
  mutant('P3', 'who is behind is not told of the later term', {
    mustLearnLaterTerm: () => false,
  }),
  mutant('P5', "a pre-vote is granted in the voter's own term", {
    grantedTerm: (_asked, own) => own,
  }),
  mutant('P7', 'a leader never asks whether a quorum is alive', {
    quorumIsAlive: () => true,
  }),
  // Without a core that goes on replicating while it stands, as the one had in which this was found, it is no livelock: but
  // there is no leader any more, and there was no reason for that.
  scripted(
    'leader-told-to-stand',
    mutant('P9', 'a leader that is told to stand does so', {
      mayStand: () => true,
    }),
  ),
  mutant('P11', 'whoever has voted in its own term gives nobody a pre-vote for a later one', {
    mayGrantVote: (request, own) => standardRules.mayGrantVote({ ...request, preVote: false }, own),
  }),
  mutant('P13', 'whoever hears a leader helps others to depose it', {
    knowsLiveLeader: () => false,
  }),
  mutant('P15', 'whoever knows of a leader helps nobody else, however long it has heard nothing', {
    knowsLiveLeader: ({ leader }) => leader !== null,
  }),
  mutant('P17', 'answers to an earlier pre-vote count', {
    isGrantOfThisQuestion: () => true,
  }),
  mutant('P19', 'whoever has lost its connection to the leader stands at once', {
    hurriedElectionTimeout: (_drawn, electionTimeout, chance) => (electionTimeout * chance) / 4,
  }),
  scripted(
    'quorum-of-both-halves',
    mutant('P21', 'one majority of a joint configuration is quorum enough for a leader to go on', {
      quorumIsAlive: (configuration, isActive, majority) =>
        standardRules.quorumIsAlive({ ...configuration, outgoing: [] }, isActive, majority),
    }),
  ),
  scripted(
    'answer-of-a-stranger',
    mutant('P23', 'answers of members that were removed are heard, and depose leaders', {
      isAnswerOfStranger: () => false,
    }),
  ),
]

/** Where it is joint. */
function oldHalf(configuration: Configuration): Configuration {
  const { voters, outgoing } = configuration
  return { ...configuration, voters: outgoing.length > 0 ? outgoing : voters, outgoing: [] }
}

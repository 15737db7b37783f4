// Broken reads and leases.
import { type Configuration, type NodeId, standardRules } from '@oarlock/core'
import { type Mutant, mutant, scripted } from './mutant.ts'

export const reads: readonly Mutant[] = [
  mutant('R1', 'reads are answered before an entry of the own term is committed', {
    hasCommittedInOwnTerm: () => true,
  }),
  scripted(
    'late-heartbeat-answers',
    mutant('R3', 'answers to an earlier round of heartbeats confirm a read', {
      roundThatConfirms: (lastSent) => lastSent,
    }),
  ),
  mutant('R5', 'a read does not wait until what is committed is applied', {
    indexToRead: (_commit, applied) => applied,
  }),
  mutant('R7', 'a lease holds until a timer ends it', {
    leaseHolds: (deadline) => deadline > Number.NEGATIVE_INFINITY,
  }),
  scripted(
    'read-in-joint-configuration',
    mutant('R11', 'one majority of a joint configuration confirms a read', {
      roundConfirmed: (configuration, answered, majority) =>
        standardRules.roundConfirmed({ ...configuration, outgoing: [] }, answered, majority),
    }),
  ),
  mutant('R13', 'learners confirm reads in the place of voters', {
    roundConfirmed: (configuration, answered, majority) =>
      standardRules.roundConfirmed(
        { ...configuration, voters: [...configuration.voters, ...learnersOf(configuration)] },
        answered,
        () => majority(configuration.voters.length),
      ),
  }),
  scripted(
    'only-new-voter-reads',
    mutant('R15', 'the only new member of a joint configuration takes itself to be alone', {
      isAlone: ({ voters }, id) => voters.length === 1 && voters[0] === id,
    }),
  ),
  scripted(
    'late-heartbeat-answers',
    mutant('R17', 'a follower answers a round of heartbeats that it has not seen', {
      roundToAnswer: (received) => received + 2,
    }),
  ),
]

function learnersOf(configuration: Partial<Configuration>): readonly NodeId[] {
  return configuration.learners ?? []
}

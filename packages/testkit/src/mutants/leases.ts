// Broken leases, and the broken promises under them.
import { type Configuration, standardRules } from '@oarlock/core'
import { type Mutant, mutant, scripted } from './mutant.ts'

export const leases: readonly Mutant[] = [
  mutant('H1', 'a restart forgets what was promised before', {
    promiseAtStart: () => Number.NEGATIVE_INFINITY,
  }),
  mutant('H3', 'no promise keeps anybody from a vote', {
    promiseForbids: (what, now, until) => what === 'stand' && standardRules.promiseForbids(what, now, until),
    knowsLiveLeader: () => false,
  }),
  mutant(
    'H5',
    'a heartbeat is answered before the term is on disk, so a restart does not know that it promised anything',
    {
      promiseWaits: () => false,
    },
  ),
  mutant('H7', 'a lease lasts an election timeout of whatever clock', {
    leaseDuration: ({ electionTimeout }) => electionTimeout,
  }),
  mutant('H9', 'one answer is enough for a lease', {
    quorumAnsweredSince: (configuration, answered) =>
      standardRules.quorumAnsweredSince(configuration, answered, (voters) => Math.min(2, voters)),
  }),
  mutant('H11', 'the new members alone support a lease in a joint configuration', {
    quorumAnsweredSince: (configuration, answered, majority) =>
      standardRules.quorumAnsweredSince({ ...configuration, outgoing: [] }, answered, majority),
  }),
  mutant('H13', 'learners support leases', {
    quorumAnsweredSince: (configuration, answered, majority) =>
      standardRules.quorumAnsweredSince(withLearners(configuration), answered, () =>
        majority(configuration.voters.length),
      ),
  }),
  scripted(
    'lease-after-a-transfer',
    mutant('H15', 'a lease outlives the order to somebody else to stand', {
      handOverEndsLease: () => false,
    }),
  ),
  scripted(
    'lease-of-one',
    mutant('H17', 'a leader that is alone no more keeps a lease without an end', {
      leaseOfOneEnds: () => Number.POSITIVE_INFINITY,
    }),
  ),
]

function withLearners(configuration: Configuration): Configuration {
  return { ...configuration, voters: [...configuration.voters, ...configuration.learners] }
}

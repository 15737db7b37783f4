// Broken reads and leases.
import { standardRules } from '@oarlock/core'
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
]

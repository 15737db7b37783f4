// Broken reads and leases.
import type { Configuration, NodeId } from '@oarlock/core'
import { type Mutant, mutant, scripted } from '../mutant.ts'
import { follower, lease, readIndex, reads as waiting } from './modules.ts'
import { reachedBy } from './reached-by.ts'

export const reads: readonly Mutant[] = [
  mutant(
    'R1',
    'a leader answers reads before it has committed an entry of its term',
    waiting.patch('if (!hasCommittedInOwnTerm(at, node.termStart))', 'if (false)'),
  ),
  scripted(
    'late-heartbeat-answers',
    mutant(
      'R3',
      'answers to an earlier round of heartbeats confirm a read',
      waiting.patch(
        'node.reads.add(read, at, node.reads.round + 1)',
        'node.reads.add(read, at, node.reads.round)',
      ),
    ),
  ),
  mutant(
    'R5',
    'a read does not wait for the committed entries to be applied',
    waiting.patch('answer(node, read, at)', 'answer(node, read, node.log.applied)'),
    waiting.patch(
      'node.reads.add(read, at, node.reads.round + 1)',
      'node.reads.add(read, node.log.applied, node.reads.round + 1)',
    ),
  ),
  mutant(
    'R7',
    'a lease holds until a timer ends it',
    lease.replace('leaseHolds', () => (deadline) => deadline > Number.NEGATIVE_INFINITY),
  ),
  scripted(
    'read-in-joint-configuration',
    mutant(
      'R11',
      'one majority of a joint configuration confirms a read',
      readIndex.replace(
        'roundConfirmed',
        (original) => (configuration, answered) => original({ ...configuration, outgoing: [] }, answered),
      ),
    ),
  ),
  scripted(
    'learners-confirm-no-read',
    mutant(
      'R13',
      'learners confirm reads in the place of voters',
      readIndex.replace('roundConfirmed', () => (configuration, answered) => {
        const voters = [...configuration.voters, ...learnersOf(configuration)]
        const needed = Math.floor(configuration.voters.length / 2) + 1
        return reachedBy({ ...configuration, voters }, answered, () => needed)
      }),
    ),
  ),
  scripted(
    'only-new-voter-reads',
    mutant(
      'R15',
      'the only new voter of a joint configuration takes itself to be alone',
      readIndex.replace(
        'isAlone',
        () =>
          ({ voters }, id) =>
            voters.length === 1 && voters[0] === id,
      ),
    ),
  ),
  scripted(
    'late-heartbeat-answers',
    mutant(
      'R17',
      'a follower answers a round of heartbeats that it has not seen',
      follower.patch('round: message.round,', 'round: message.round + 2,'),
    ),
  ),
]

function learnersOf(configuration: Partial<Configuration>): readonly NodeId[] {
  return configuration.learners ?? []
}

// Broken changes of the membership.
import type { Configuration, MemberChange } from '@oarlock/core'
import { type Mutant, mutant, type Replacement, scripted } from '../mutant.ts'
import {
  activation,
  change,
  changeProposal,
  committedChange,
  configurations,
  installSnapshot,
  joint,
  vote,
} from './modules.ts'

export const membership: readonly Mutant[] = [
  mutant(
    'M1',
    'a leader changes the membership before it has committed anything in its term',
    changeProposal.patch('if (!hasCommittedInOwnTerm(node.log.commit, node.termStart))', 'if (false)'),
  ),
  mutant(
    'M3',
    'several voters change at once without a joint configuration',
    change.replace('changed', (original) => (configuration, { changes }) => {
      const oneByOne = (before: Configuration, change: MemberChange): Configuration =>
        original(before, { transition: 'auto', changes: [change] })
      return changes.reduce(oneByOne, configuration)
    }),
  ),
  // A joint configuration cannot be left before it is committed: only the one in force is left, and a
  // configuration is in force when it is applied.
  mutant(
    'M5',
    'the joint configuration is left again and again',
    activation.patch(' || changeIsPending(node)) return', ') return'),
  ),
  mutant(
    'M9',
    'a snapshot does not change the configuration',
    installSnapshot.patch('node.switchTo(snapshot.configuration,', 'node.switchTo(node.configuration,'),
  ),
  mutant(
    'M11',
    'a node that does not know that it is a voter does not vote',
    vote.replace(
      'mayGrantVote',
      (original) => (request, own) =>
        (own as typeof own & { readonly promotable: boolean }).promotable && original(request, own),
    ),
  ),
  scripted(
    'learners-do-not-lead',
    mutant(
      'M13',
      'learners and removed members can be elected',
      configurations.replace('mayLead', () => () => true),
    ),
  ),
  scripted(
    'last-other-voter-removed',
    mutant(
      'M15',
      'the commit index is not recomputed when voters are removed',
      activation.patch('if (advanceCommit(node))', 'if (false)'),
    ),
  ),
  mutant(
    'M17',
    'learners are counted for the commit index',
    joint.replace('jointCommittedIndex', (original) => (configuration, acknowledged) => {
      const { learners } = configuration as Configuration
      return original({ ...configuration, voters: [...configuration.voters, ...learners] }, acknowledged)
    }),
  ),
  mutant(
    'M19',
    'a change is made to another configuration than the one it was meant for',
    changeProposal.patch("if (expected !== node.configurationIndex) return 'configuration-changed'", ''),
  ),
  mutant(
    'M21',
    'a change is made before the one before it is applied',
    changeProposal.patch("if (changeIsPending(node)) return 'change-pending'", ''),
  ),
  mutant(
    'M23',
    'voters that become learners are dropped when the joint configuration is left',
    afterChange((before, after) => ({
      ...after,
      learners: after.learners.filter((id) => !before.learnersNext.includes(id)),
    })),
  ),
  mutant(
    'M25',
    'a joint configuration that should be left automatically is not',
    afterChange((_before, after) => ({ ...after, autoLeave: false })),
  ),
  mutant(
    'M27',
    'voters that the old half still needs become learners at once',
    afterChange((_before, after) => ({
      ...after,
      learners: [...after.learners, ...after.learnersNext],
      learnersNext: [],
    })),
  ),
  mutant(
    'M29',
    'the joint configuration is left for the one before it',
    afterChange((before, after) =>
      before.outgoing.length > 0 ? { ...after, voters: before.outgoing } : after,
    ),
  ),
  mutant(
    'M31',
    'a change is made while the configuration is joint',
    change.replace(
      'changed',
      (original) => (configuration, change) =>
        original(change.changes.length === 0 ? configuration : { ...configuration, outgoing: [] }, change),
    ),
  ),
  scripted(
    'removed-leader-had-more',
    mutant(
      'M33',
      'voters do not tell candidates what is committed',
      committedChange.patch('findChange(node, log.commit, committed.index) === undefined', 'true'),
    ),
  ),
]

/** What `broken` makes of the right one. */
function afterChange(broken: (before: Configuration, after: Configuration) => Configuration): Replacement {
  return change.replace(
    'changed',
    (original) => (configuration, change) => broken(configuration, original(configuration, change)),
  )
}

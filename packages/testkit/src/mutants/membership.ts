// Broken changes of the membership, and broken snapshots.
import { type Configuration, changeSimply, type MemberChange, standardRules } from '@oarlock/core'
import { type Mutant, mutant, scripted } from './mutant.ts'

export const membership: readonly Mutant[] = [
  mutant('M1', 'a leader changes the membership before it has committed anything in its term', {
    mayChangeMembership: () => true,
  }),
  mutant('M3', 'several voters change at once without a joint configuration', {
    changed: (configuration, { changes }) => {
      if (changes.length === 0) return configuration
      return changes.reduce(oneByOne, configuration)
    },
  }),
  // Leaving it before it is committed is not possible here, whatever this rule says: only what is in force is left, and a configuration
  // is in force when it is applied.
  mutant('M5', 'the joint configuration is left again and again', {
    mayLeaveJoint: () => true,
  }),
  mutant('M9', 'a snapshot leaves the configuration that was known', {
    configurationOfSnapshot: (_snapshot, known) => known,
  }),
  mutant('M11', 'who does not know that it is a voter does not vote', {
    mayGrantVote: (request, own) =>
      (own as typeof own & { readonly promotable: boolean }).promotable &&
      standardRules.mayGrantVote(request, own),
  }),
  scripted(
    'learners-do-not-lead',
    mutant('M13', 'learners and removed members can be elected', {
      mayLead: () => true,
    }),
  ),
  scripted(
    'last-other-voter-removed',
    mutant('M15', 'when voters go it is not looked what is committed now', {
      recountsAfterChange: () => false,
    }),
  ),
  mutant('M17', 'learners are counted for what is committed', {
    committedIndex: (configuration, acknowledged, majority) => {
      const { learners } = configuration as Configuration
      const voters = [...configuration.voters, ...learners]
      return standardRules.committedIndex({ ...configuration, voters }, acknowledged, majority)
    },
  }),
  mutant('M19', 'a change is made to another configuration than it was meant for', {
    isMeantFor: () => true,
  }),
  mutant('M21', 'a change is made before the one before it is applied', {
    mayChangeAgain: () => true,
  }),
  mutant('M23', 'voters that are to be learners are dropped when the joint configuration is left', {
    changed: afterChange((before, after) => ({
      ...after,
      learners: after.learners.filter((id) => !before.learnersNext.includes(id)),
    })),
  }),
  mutant('M25', 'a joint configuration that is to be left by itself is not', {
    changed: afterChange((_before, after) => ({ ...after, autoLeave: false })),
  }),
  mutant('M27', 'voters that the old half needs yet become learners at once', {
    changed: afterChange((_before, after) => ({
      ...after,
      learners: [...after.learners, ...after.learnersNext],
      learnersNext: [],
    })),
  }),
  mutant('M29', 'the joint configuration is left for the one before it', {
    changed: afterChange((before, after) =>
      before.outgoing.length > 0 ? { ...after, voters: before.outgoing } : after,
    ),
  }),
  mutant('M31', 'a change is made while the configuration is joint', {
    changed: (configuration, change) =>
      standardRules.changed(
        change.changes.length === 0 ? configuration : { ...configuration, outgoing: [] },
        change,
      ),
  }),
  scripted(
    'removed-leader-had-more',
    mutant('M33', 'voters do not say what they know to be committed', {
      learnsFromVoters: () => false,
    }),
  ),
]

type Changed = typeof standardRules.changed

/** What `broken` makes of the right one. */
function afterChange(broken: (before: Configuration, after: Configuration) => Configuration): Changed {
  return (configuration, change) => broken(configuration, standardRules.changed(configuration, change))
}

function oneByOne(configuration: Configuration, change: MemberChange): Configuration {
  return changeSimply(configuration, [change])
}

export const snapshots: readonly Mutant[] = [
  mutant('S1', 'a snapshot is installed that is older than what is applied', {
    isNewerThanCommitted: () => true,
  }),
  mutant('S2', 'entries stay that conflict with the snapshot', {
    logHoldsSnapshot: (log, { index }) => log.lastIndex >= index,
  }),
  scripted(
    'snapshot-of-what-is-there',
    mutant('S3', 'entries after the snapshot go, though they match', {
      logHoldsSnapshot: () => false,
    }),
  ),
  mutant('S7', 'a leader without entries after its snapshot offers none', {
    snapshotToOffer: ({ snapshot, lastIndex }) => (snapshot?.index === lastIndex ? null : snapshot),
  }),
  mutant('S11', 'a log is cut wherever it is applied, whoever may need it yet', {
    compactableIndex: (applied) => applied,
  }),
]

export const transfers: readonly Mutant[] = [
  mutant('T1', 'the target of a transfer is told to stand before it has the whole log', {
    isCaughtUp: () => true,
  }),
  scripted(
    'transfer-that-fails',
    mutant('T3', 'a transfer never ends', {
      givesTransferUp: (_target): _target is NonNullable<typeof _target> => false,
    }),
  ),
  mutant('T5', 'proposals are taken in while leadership is handed over', {
    takesProposals: () => true,
  }),
  mutant('T7', 'the target of a transfer is told to stand when it lacks the last entry', {
    isCaughtUp: (match, lastIndex) => match + 1 >= lastIndex,
  }),
]

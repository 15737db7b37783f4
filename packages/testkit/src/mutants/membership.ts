// Broken changes of the membership, and broken snapshots.
import { type Configuration, changeSimply, type MemberChange, standardRules } from '@oarlock/core'
import { type Mutant, mutant, scripted } from './mutant.ts'

export const membership: readonly Mutant[] = [
  mutant('M1', 'a change is made before the one before it is applied', {
    mayChangeAgain: () => true,
  }),
  mutant('M3', 'several voters change at once without a joint configuration', {
    changed: (configuration, { changes }) => {
      if (changes.length === 0) return configuration
      return changes.reduce(oneByOne, configuration)
    },
  }),
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
]

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
  mutant('S3', 'entries after the snapshot go, though they match', {
    logHoldsSnapshot: () => false,
  }),
  mutant('S7', 'a leader without entries after its snapshot offers none', {
    snapshotToOffer: ({ snapshot, lastIndex }) => (snapshot?.index === lastIndex ? null : snapshot),
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
]

// Broken runtimes: what is done wrong around the core, with its disk, its clock and its name.
import { standardRules } from '@oarlock/core'
import { type RuntimeRules, standardRuntime } from '../hardware/index.ts'
import { type Mutant, scripted } from './mutant.ts'

const broken = (name: string, bug: string, rules: Partial<RuntimeRules>): Mutant => ({
  name,
  bug,
  rules: standardRules,
  runtime: { ...standardRuntime, ...rules },
  scenario: null,
})

export const runtime: readonly Mutant[] = [
  broken('W1', 'only every eighth write is synced', {
    mustSync: ({ mustSync, write }) => mustSync && write.sequence % 8 === 0,
  }),
  broken('W3', 'after a torn tail the log goes on behind the tear', {
    cutsTornTail: () => false,
  }),
  broken('W5', 'a snapshot is written over the one before', {
    keepsOldSnapshot: () => false,
  }),
  broken('W9', 'a failed fsync is tried again, and succeeds', {
    stopsAfterFailedSync: () => false,
  }),
  broken('W11', 'damage is cut off like a torn tail', {
    uponDamage: () => 'cut',
  }),
  broken('W13', 'a wiped disk comes back under the name of the old one', {
    isSameMember: () => true,
  }),
  broken('W15', 'a start skips records that are missing', {
    recordsThatCount: (whole) => whole.flatMap((isWhole, at) => (isWhole ? [at] : [])),
  }),
  broken('W17', 'a start takes for durable what it reads', {
    syncsWhatItReads: () => false,
  }),
  broken('W19', 'nobody looks whether what was read is what was written', {
    uponDamage: () => 'overlook',
  }),
  scripted(
    'entry-before-its-term',
    broken('E10', 'the term is written after the entries that are of it, and not synced with them', {
      hardStateMayWait: ({ hardState, entries }, known) =>
        hardState !== null && entries.length > 0 && hardState.term > known.term,
    }),
  ),
  broken('S5', 'the log is cut before its snapshot is durable', {
    mayCutLog: () => true,
  }),
  broken('S9', 'a snapshot holds what was applied while it was written', {
    stateToWrite: (_copied, live) => live(),
  }),
  broken('M7', 'a restart takes the configuration from the file of the founders', {
    configurationAtStart: (_snapshot, founders) => founders,
  }),
  broken('K1', 'a client repeats what it has no answer to, and leaves its session out', {
    placeToAskIn: () => null,
  }),
  broken('R9', 'leases go by the wall clock', {
    clockAfterStep: (shown, by) => shown + by,
  }),
]

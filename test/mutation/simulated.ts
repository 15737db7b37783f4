// Broken runtimes, as they are simulated: what is done wrong around the core, with its disk, its clock and
// its name.
import { inModule, type Mutant, mutant, scripted } from './mutant.ts'

const rules = inModule<typeof import('../../packages/testkit/src/hardware/runtime-rules.ts')>(
  'packages/testkit/src/hardware/runtime-rules.ts',
)

export const simulated: readonly Mutant[] = [
  mutant(
    'W1',
    'only every eighth write is synced',
    rules.replace(
      'mustSync',
      () =>
        ({ mustSync, write }) =>
          mustSync && write.sequence % 8 === 0,
    ),
  ),
  mutant(
    'W3',
    'after a torn tail the log continues behind the tear',
    rules.replace('cutsTornTail', () => () => false),
  ),
  mutant(
    'W5',
    'a snapshot is written over the one before',
    rules.replace('keepsOldSnapshot', () => () => false),
  ),
  mutant(
    'W9',
    'a failed fsync is retried, and succeeds',
    rules.replace('stopsAfterFailedSync', () => () => false),
  ),
  mutant(
    'W11',
    'damage is cut off like a torn tail',
    rules.replace('uponDamage', () => () => 'cut'),
  ),
  mutant(
    'W13',
    'a wiped disk comes back under the name of the old one',
    rules.replace('isSameMember', () => () => true),
  ),
  mutant(
    'W15',
    'a start skips records that are missing',
    rules.replace('recordsThatCount', () => (whole) => whole.flatMap((isWhole, at) => (isWhole ? [at] : []))),
  ),
  mutant(
    'W17',
    'a start takes the entries that it reads as durable',
    rules.replace('syncsWhatItReads', () => () => false),
  ),
  mutant(
    'W19',
    'damage is not detected on reading',
    rules.replace('uponDamage', () => () => 'overlook'),
  ),
  scripted(
    'entry-before-its-term',
    mutant(
      'E10',
      'the term is written after its entries, and not synced with them',
      rules.replace(
        'hardStateMayWait',
        () =>
          ({ hardState, entries }, known) =>
            hardState !== null && entries.length > 0 && hardState.term > known.term,
      ),
    ),
  ),
  mutant(
    'S5',
    'the log is cut before its snapshot is durable',
    rules.replace('mayCutLog', () => () => true),
  ),
  mutant(
    'S9',
    'a snapshot includes entries that were applied while it was written',
    rules.replace('stateToWrite', () => (_copied, live) => live()),
  ),
  mutant(
    'M7',
    'a restart takes the configuration from the file of the founders',
    rules.replace('configurationAtStart', () => (_snapshot, founders) => founders),
  ),
  mutant(
    'K1',
    'a client repeats an unanswered command without its session',
    rules.replace('placeToAskIn', () => () => null),
  ),
  mutant(
    'R9',
    'leases go by the wall clock',
    rules.replace('clockAfterStep', () => (shown, by) => shown + by),
  ),
]

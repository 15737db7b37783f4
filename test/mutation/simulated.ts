// Bugs in the simulator's own parts around the runtime: disks, clocks, snapshots and clients.
import { inModule, type Mutant, mutant, scripted } from './mutant.ts'

const clock = inModule<typeof import('../../packages/testkit/src/hardware/clock.ts')>(
  'packages/testkit/src/hardware/clock.ts',
)
const disk = inModule<typeof import('../../packages/testkit/src/hardware/disk-rules.ts')>(
  'packages/testkit/src/hardware/disk-rules.ts',
)
const operation = inModule<typeof import('../../packages/testkit/src/clients/operation.ts')>(
  'packages/testkit/src/clients/operation.ts',
)

export const simulated: readonly Mutant[] = [
  mutant(
    'W1',
    'only every eighth write is synced',
    disk.replace(
      'mustSync',
      () =>
        ({ mustSync, write }) =>
          mustSync && write.sequence % 8 === 0,
    ),
  ),
  mutant(
    'W3',
    'after a torn tail the log continues behind the tear',
    disk.replace('cutsTornTail', () => () => false),
  ),
  mutant(
    'W5',
    "a snapshot's file gets its name, and the directory is not synced",
    disk.replace('syncsDirectory', () => () => false),
  ),
  mutant(
    'W9',
    'a failed fsync is retried, and succeeds',
    disk.replace('stopsAfterFailedSync', () => () => false),
  ),
  mutant(
    'W11',
    'damage is cut off like a torn tail',
    disk.replace('uponDamage', () => () => 'cut'),
  ),
  mutant(
    'W13',
    'a wiped disk comes back under the name of the old one',
    disk.replace('isSameMember', () => () => true),
  ),
  mutant(
    'W15',
    'a start skips records that are missing',
    disk.replace('recordsThatCount', () => (whole) => whole.flatMap((isWhole, at) => (isWhole ? [at] : []))),
  ),
  mutant(
    'W17',
    'a start takes the entries that it reads as durable',
    disk.replace('syncsWhatItReads', () => () => false),
  ),
  mutant(
    'W19',
    'damage is not detected on reading',
    disk.replace('uponDamage', () => () => 'overlook'),
  ),
  scripted(
    'entry-before-its-term',
    mutant(
      'E10',
      'the term is written after its entries, and not synced with them',
      disk.replace(
        'hardStateMayWait',
        () =>
          ({ hardState, entries }, known) =>
            hardState !== null && entries.length > 0 && hardState.term > known.term,
      ),
    ),
  ),
  mutant(
    'K1',
    'a client repeats an unanswered command without its session',
    operation.replace('placeToAskIn', () => () => null),
  ),
  mutant(
    'R9',
    'leases go by the wall clock',
    clock.replace('clockAfterStep', () => (shown, by) => shown + by),
  ),
]

// Known bugs of real write-ahead logs, each a rule or two of ours replaced by broken ones. The crash harness is only as good
// as the mutants it catches; the unchanged log store survives the same seeds.
import { standardWalRules, type WalRules } from '../../../src/wal/rules.ts'

export interface WalMutant {
  readonly name: string
  /** What is wrong. */
  readonly bug: string
  readonly rules: WalRules
}

const mutant = (name: string, bug: string, broken: Partial<WalRules>): WalMutant => ({
  name,
  bug,
  rules: { ...standardWalRules, ...broken },
})

const standard: WalRules = standardWalRules

const writing: readonly WalMutant[] = [
  mutant('W1', 'writes are acknowledged before they are on disk', { mustSync: () => false }),
  mutant('W5', 'names of new files are not synced', { syncDirectory: async () => {} }),
  mutant('W5+', 'a file is replaced in place', {
    replaceFile: async (fileSystem, file, bytes) => {
      const handle = fileSystem.open(file, fileSystem.exists(file) ? 'existing' : 'create')
      standard.writeWhole(fileSystem, handle, bytes, 0)
      await standard.syncData(fileSystem, handle)
      fileSystem.close(handle)
    },
  }),
  mutant('W7', 'a directory is opened twice', { lock: async () => ({ release: async () => {} }) }),
  mutant('W+retry', 'an fsync that has failed is tried again', {
    syncData: (fileSystem, handle) =>
      standard.syncData(fileSystem, handle).catch(() => standard.syncData(fileSystem, handle)),
  }),
  mutant('W+again', 'after a failed write the next one is taken', { failureEndsWriting: () => false }),
  mutant('W+short', 'a short write is taken for a whole one', {
    writeWhole: (fileSystem, handle, bytes, position) => void fileSystem.write(handle, bytes, position),
  }),
  mutant('W+next', 'a segment is begun before the one before it is durable', {
    mustSyncBeforeNextSegment: () => false,
  }),
  mutant('W+claim', 'a record vouches for others that may not be durable', { unsyncedBefore: () => 0 }),
]

const reading: readonly WalMutant[] = [
  mutant('W+zeros', 'room that was filled with zeros ahead is taken for records', {
    withoutZeros: (file) => file,
  }),
  mutant('W+check', 'the checksum of a record is not looked at', {
    recordIsWhole: (chunk, at, { bytes }) => at + bytes <= chunk.bytes.length,
  }),
  mutant('W+seed', 'checksums are the same in every directory and segment', { seedOf: () => 0 }),
  mutant('W+order', 'a record is taken whatever its number', { isNextRecord: () => true }),
  // Either guard alone would do: this breaks both.
  mutant('W+gap', 'a gap in the records is not noticed, as long as their numbers increase', {
    isNextRecord: (sequence, expected) => sequence >= expected,
    segmentFollowsOn: (firstSequence, expected) => firstSequence >= expected,
  }),
  mutant('W+old', 'what a write has cut off is there again after a restart', {
    lengthAfterAppend: (before, after) => Math.max(before, after),
  }),
  mutant('W+stop', 'the log ends at the first bad record', {
    someSectorWasNeverWritten: () => true,
    laterRecordProvesItDurable: () => false,
  }),
  mutant('W+tail', 'a last record that is damaged is taken for a torn one', {
    someSectorWasNeverWritten: () => true,
  }),
  mutant('W+hole', 'a lost sector is taken for a torn write, whatever was written after it', {
    laterRecordProvesItDurable: () => false,
  }),
  mutant('W+torn', 'a torn write is taken for damage', { someSectorWasNeverWritten: () => false }),
]

const repair: readonly WalMutant[] = [
  mutant('W3', 'the log goes on after a torn record, not in its place', {
    lengthAfterRepair: (_kept, found) => found,
  }),
  mutant('W3+', 'what comes after a torn record is not cut off', { cutTail: () => {} }),
  mutant('W+cache', 'what was read counts as durable, though it may be in the page cache only', {
    writtenAgainFrom: (_lastWriteAt, length) => length,
  }),
]

export const walMutants: readonly WalMutant[] = [...writing, ...reading, ...repair]

/** The mutant of this name. Throws a RangeError that lists the names there are. */
export function walMutantNamed(name: string): WalMutant {
  const found = walMutants.find((mutant) => mutant.name.toLowerCase() === name.toLowerCase())
  if (found === undefined)
    throw new RangeError(`no mutant ${name}; there are ${walMutants.map((mutant) => mutant.name).join(', ')}`)
  return found
}

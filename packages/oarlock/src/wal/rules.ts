// Every decision of the log store that its promises hang on, in one table. The store looks them up here, so that the
// mutation runner can replace one by a broken one and prove that the crash harness sees it (test/wal/simulation/mutants.ts).
// Nothing else should ever replace one, except that a simulation draws its incarnations from its seed.
import { type FileSystem, replaceFile, syncData, syncDirectory, writeWhole } from './file-system.ts'
import type { DirectoryLock } from './lock.ts'
import { failureEndsWriting, mustSync, mustSyncBeforeNextSegment, unsyncedBefore } from './log-writer.ts'
import { newIncarnation } from './meta.ts'
import { lengthAfterAppend } from './packed-log.ts'
import { withoutZeros } from './preallocation.ts'
import { isNextRecord, recordIsWhole } from './record.ts'
import { cutTail, lengthAfterRepair, writtenAgainFrom } from './recovery.ts'
import { seedOf, segmentFollowsOn } from './segment.ts'
import { laterRecordProvesItDurable, someSectorWasNeverWritten } from './torn-write.ts'

export interface WalRules {
  // The directory.
  /** one process at a time */
  readonly lock: (fileSystem: FileSystem, directory: string) => Promise<DirectoryLock>
  /** random, minted with the directory */
  readonly newIncarnation: typeof newIncarnation
  /** the old one or the new one, never a part */
  readonly replaceFile: typeof replaceFile
  /** a file whose name is lost is lost */
  readonly syncDirectory: typeof syncDirectory

  // Writing.
  /** all of it, or it has failed */
  readonly writeWhole: typeof writeWhole
  /** once: what is tried again lies */
  readonly syncData: typeof syncData
  /** thesis §3.8: durable before it is acknowledged */
  readonly mustSync: typeof mustSync
  /** only the last segment may be torn */
  readonly mustSyncBeforeNextSegment: typeof mustSyncBeforeNextSegment
  /** what a record vouches for */
  readonly unsyncedBefore: typeof unsyncedBefore
  /** until the log is opened anew */
  readonly failureEndsWriting: typeof failureEndsWriting

  // Reading: is it ours, and is it whole?
  /** room that was not used is no record */
  readonly withoutZeros: typeof withoutZeros
  /** a record of another place is none */
  readonly seedOf: typeof seedOf
  /** without a gap, within a segment */
  readonly isNextRecord: typeof isNextRecord
  /** … and from one to the next */
  readonly segmentFollowsOn: typeof segmentFollowsOn
  /** its checksum */
  readonly recordIsWhole: typeof recordIsWhole
  /** a write cuts off what it replaces */
  readonly lengthAfterAppend: typeof lengthAfterAppend

  // Torn, or damaged?
  /** torn-write.ts, 1 */
  readonly someSectorWasNeverWritten: typeof someSectorWasNeverWritten
  /** torn-write.ts, 2 */
  readonly laterRecordProvesItDurable: typeof laterRecordProvesItDurable

  // The repair.
  /** where the log goes on */
  readonly lengthAfterRepair: typeof lengthAfterRepair
  /** nothing of a torn write stays */
  readonly cutTail: typeof cutTail
  /** what was read is durable */
  readonly writtenAgainFrom: typeof writtenAgainFrom
}

export const standardWalRules: WalRules = {
  lock: (fileSystem, directory) => fileSystem.lock(directory),
  newIncarnation,
  replaceFile,
  syncDirectory,
  writeWhole,
  syncData,
  mustSync,
  mustSyncBeforeNextSegment,
  unsyncedBefore,
  failureEndsWriting,
  withoutZeros,
  seedOf,
  isNextRecord,
  segmentFollowsOn,
  recordIsWhole,
  lengthAfterAppend,
  someSectorWasNeverWritten,
  laterRecordProvesItDurable,
  lengthAfterRepair,
  cutTail,
  writtenAgainFrom,
}

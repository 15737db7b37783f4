// Bugs of real write-ahead logs, planted in ours. The simulation of the log store must catch each
// (wal-hunter.ts).
import { inModule, type Mutant, mutant } from './mutant.ts'

const wal = <Module>(file: string) => inModule<Module>(`packages/oarlock/src/wal/${file}`)
const store = wal('disk-log-store.ts')
const durableFile = wal<typeof import('../../packages/oarlock/src/wal/durable-file.ts')>('durable-file.ts')
const identity = wal('identity.ts')
const packedLog = wal('packed-log.ts')
const preallocation =
  wal<typeof import('../../packages/oarlock/src/wal/preallocation.ts')>('preallocation.ts')
const record = wal<typeof import('../../packages/oarlock/src/wal/record.ts')>('record.ts')
const recovery = wal('recovery.ts')
const scan = wal('log-scan.ts')
const segment = wal<typeof import('../../packages/oarlock/src/wal/segment.ts')>('segment.ts')
const tornTail = wal<typeof import('../../packages/oarlock/src/wal/torn-tail.ts')>('torn-tail.ts')
const tornWrite = wal<typeof import('../../packages/oarlock/src/wal/torn-write.ts')>('torn-write.ts')
const writer = wal<typeof import('../../packages/oarlock/src/wal/log-writer.ts')>('log-writer.ts')

const writing: readonly Mutant[] = [
  mutant(
    'wal-ack',
    'writes are acknowledged before they are on disk',
    writer.replace('mustSync', () => () => false),
  ),
  mutant(
    'wal-names',
    'names of new files are not synced',
    durableFile.replace('syncDirectory', () => async () => {}),
  ),
  mutant(
    'wal-replace',
    'a file is replaced in place',
    durableFile.replace('replaceFile', () => async (fileSystem, file, bytes) => {
      const handle = fileSystem.open(file, fileSystem.exists(file) ? 'existing' : 'create')
      fileSystem.write(handle, bytes, 0)
      await new Promise<void>((resolve, reject) =>
        fileSystem.syncData(handle, (error) => (error === null ? resolve() : reject(error))),
      )
      fileSystem.close(handle)
    }),
  ),
  mutant(
    'wal-lock',
    'a directory is opened twice',
    store.patch('await fileSystem.lock(directory)', '{ release: async () => {} }'),
  ),
  mutant(
    'wal-retry',
    'an fsync that has failed is tried again',
    durableFile.replace(
      'syncData',
      (syncData) => (fileSystem, handle) =>
        syncData(fileSystem, handle).catch(() => syncData(fileSystem, handle)),
    ),
  ),
  mutant(
    'wal-again',
    'after a failed write the next one is accepted',
    store.patch('      this.#accepting = null\n      this.#refusal', '      this.#refusal'),
  ),
  mutant(
    'wal-short',
    'a short write is taken for a whole one',
    durableFile.replace('writeWhole', () => (fileSystem, handle, bytes, position) => {
      fileSystem.write(handle, bytes, position)
    }),
  ),
  mutant(
    'wal-next',
    'a segment is begun before the one before it is durable',
    writer.patch('if (this.#unsynced > 0) await this.#sync()', ''),
  ),
  mutant(
    'wal-claim',
    'a record says of others that they are durable when they may not be',
    writer.patch('unsynced: this.#unsynced++', 'unsynced: this.#unsynced++ * 0'),
  ),
]

const reading: readonly Mutant[] = [
  mutant(
    'wal-zeros',
    'space that was filled with zeros ahead is taken for records',
    preallocation.replace('withoutZeros', () => (file) => file),
  ),
  mutant(
    'wal-checksum',
    'the checksum of a record is not checked',
    record.replace(
      'recordIsWhole',
      () =>
        (chunk, at, { bytes }) =>
          at + bytes <= chunk.bytes.length,
    ),
  ),
  mutant(
    'wal-seed',
    'checksums are the same in every directory and segment',
    segment.replace('seedOf', () => () => 0),
  ),
  mutant(
    'wal-order',
    'a record is accepted whatever its number',
    scan.patch('header.sequence === this.sequence', 'true'),
  ),
  // Either guard alone would do: this breaks both.
  mutant(
    'wal-gap',
    'a gap in the records is not noticed, as long as their numbers increase',
    scan.patch('header.sequence === this.sequence', 'header.sequence >= this.sequence'),
    scan.patch('header.firstSequence !== this.sequence', 'header.firstSequence < this.sequence'),
  ),
  mutant(
    'wal-old',
    'entries that a write has replaced are there again after a restart',
    packedLog.patch('this.#next = first + count', 'this.#next = Math.max(this.#next, first + count)'),
  ),
  mutant(
    'wal-stop',
    'the log ends at the first bad record',
    tornWrite.replace('someSectorWasNeverWritten', () => () => true),
    tornWrite.replace('laterRecordProvesItDurable', () => () => false),
  ),
  mutant(
    'wal-tail',
    'a damaged last record is taken for a torn one',
    tornWrite.replace('someSectorWasNeverWritten', () => () => true),
  ),
  mutant(
    'wal-hole',
    'a lost sector is taken for a torn write, whatever was written after it',
    tornWrite.replace('laterRecordProvesItDurable', () => () => false),
  ),
  mutant(
    'wal-torn',
    'a torn write is taken for damage',
    tornWrite.replace('someSectorWasNeverWritten', () => () => false),
  ),
]

const repair: readonly Mutant[] = [
  mutant(
    'wal-behind',
    'the log goes on after a torn record, not in its place',
    recovery.patch('const { length } = last', 'const length = last.length + (tail?.bytes.length ?? 0)'),
    recovery.patch('const isTorn = tail?.segment === last.number', 'const isTorn = false'),
  ),
  mutant(
    'wal-uncut',
    'a torn record is not cut off',
    recovery.patch('if (isTorn) fileSystem.truncate(handle, length)', ''),
  ),
  mutant(
    'wal-cache',
    'records that were read count as durable, though they may be in the page cache only',
    recovery.patch('writeWhole(fileSystem, handle, last.lastWrite, last.lastWriteAt)', ''),
  ),
  mutant(
    'wal-copy',
    'a torn tail is cut off without a copy',
    tornTail.replace('copyTornTail', () => async () => null),
  ),
]

const whoItIs: readonly Mutant[] = [
  mutant(
    'wal-start',
    'a start leaves no token in the directory',
    identity.patch('  await replace(STARTS_NAME, encodeStarts(now.starts, incarnation))\n', ''),
  ),
  mutant(
    'wal-started',
    'the token of a start is not durable before the log is open',
    identity.patch(
      'encodeStarts(now.starts, incarnation))\n  await syncDirectory(fileSystem, directory)',
      'encodeStarts(now.starts, incarnation))',
    ),
  ),
  mutant(
    'wal-peers',
    'what is recorded of the peers is not durable when it is acknowledged',
    store.patch('savePeers(this.#options, record, incarnation)', 'Promise.resolve()'),
  ),
  mutant(
    'wal-parent',
    'the name of the data directory is not synced in its parent',
    store.patch('of fileSystem.parents(directory)', 'of [] as string[]'),
  ),
]

/** The bugs of the log store. */
export const walMutants: readonly Mutant[] = [...writing, ...reading, ...repair, ...whoItIs]

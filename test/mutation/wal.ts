// Bugs of real write-ahead logs, planted in ours. The simulation of the log store must catch each
// (wal-hunter.ts).
import { inModule, type Mutant, mutant } from './mutant.ts'

const wal = <Module>(file: string) => inModule<Module>(`packages/oarlock/src/wal/${file}`)
const partial = wal('partial-snapshot.ts')
const snapshotFormat =
  wal<typeof import('../../packages/oarlock/src/wal/snapshot-format.ts')>('snapshot-format.ts')
const snapshotLayout = wal('snapshot-layout.ts')
const snapshotStore = wal('snapshot-store.ts')
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

const beginning: readonly Mutant[] = [
  mutant(
    'wal-cut',
    'segments are freed before the record of a compaction is durable',
    writer.patch(
      'await this.#append([{ hardState: this.#hardState, entries: [], beginning }], true)',
      'await this.#append([{ hardState: this.#hardState, entries: [], beginning }], false)',
    ),
  ),
  mutant(
    'wal-forgets',
    'a compaction does not write term and vote down again',
    writer.patch(
      '[{ hardState: this.#hardState, entries: [], beginning }]',
      '[{ hardState: null, entries: [], beginning }]',
    ),
  ),
  mutant(
    'wal-too-far',
    'a compaction frees the segment with the first entry that stays',
    writer.patch(
      'const segment = log.segmentOf(index(snapshot.index + 1)) ?? this.#segment',
      'const segment = Math.min(this.#segment, (log.segmentOf(index(snapshot.index + 1)) ?? this.#segment) + 1)',
    ),
  ),
  mutant(
    'wal-missing',
    'a log that begins after a missing segment is opened',
    scan.patch('if (segment < this.firstSegment) return', ''),
    scan.patch('if (!this.#hasBeginning) throw', 'if (false as boolean) throw'),
  ),
  mutant(
    'wal-uninstalled',
    'a snapshot that replaces the log leaves the entries before it',
    scan.patch(
      "if (use === 'snapshot') log.restore(snapshot)",
      "if (use === 'snapshot' && log.lastIndex < log.firstIndex) log.restore(snapshot)",
    ),
  ),
]

const usedAgain: readonly Mutant[] = [
  mutant(
    'wal-stale',
    'records of the segment that a file was before are taken for new ones',
    segment.replace('seedOf', (seedOf) => (incarnation) => seedOf(incarnation, 0)),
    scan.patch(
      'const isNext = header !== null && header.sequence === this.sequence',
      'const isNext = header !== null && header.sequence <= this.sequence',
    ),
  ),
  mutant(
    'wal-old-sectors',
    'what an earlier segment left in a file is not told from a write that was torn',
    inModule<typeof import('../../packages/oarlock/src/wal/stale-sectors.ts')>(
      'packages/oarlock/src/wal/stale-sectors.ts',
    ).replace('decodeStaleSectors', () => () => null),
  ),
  mutant(
    'wal-padding',
    'old bytes are left behind new ones in the same sector',
    wal('segment-file.ts').patch('return this.#space.isRecycled ?', 'return (false as boolean) ?'),
  ),
  mutant(
    'wal-renamed',
    'a freed segment is written to before its new name is durable',
    wal('segment-supply.ts').patch(
      '    await syncDirectory(fileSystem, directory)\n    this.#freed',
      '    this.#freed',
    ),
  ),
  mutant(
    'wal-table',
    'a file is used again before the checksums of its old sectors are durable',
    wal('spare-segment.ts').patch(
      '    await syncData(fileSystem, handle)\n  }\n\n  /** The file, renamed',
      '  }\n\n  /** The file, renamed',
    ),
  ),
]

const fromDisk: readonly Mutant[] = [
  mutant(
    'wal-reread',
    'a record that is read again is not checked',
    wal('segment-reader.ts').patch(
      'if (header === null || chunk === null || !recordIsWhole(chunk, 0, header))',
      'if (header === null || chunk === null)',
    ),
  ),
  mutant(
    'wal-place',
    'entries are looked for where others have replaced them',
    wal('places.ts').patch(
      'const follows = first === this.#next && this.#segments[last] === segment',
      'const follows = this.#segments[last] === segment',
    ),
  ),
]

const snapshotsOnDisk: readonly Mutant[] = [
  mutant(
    'wal-snap-name',
    'the name of a snapshot is not synced when it is acknowledged',
    snapshotStore.patch(
      '    await syncDirectory(fileSystem, directory)\n    replaced?.close()',
      '    replaced?.close()',
    ),
  ),
  mutant(
    'wal-snap-sync',
    'a snapshot is renamed before its bytes are durable',
    wal('snapshot-blocks.ts').patch(
      'blocks.positionOf(blocks.count))\n    await this.sync()\n  }',
      'blocks.positionOf(blocks.count))\n  }',
    ),
  ),
  mutant(
    'wal-snap-checksum',
    'the checksum of a block is not compared',
    snapshotFormat.replace('blockIsWhole', () => () => true),
  ),
  mutant(
    'wal-snap-place',
    'the checksum of a block is the same in every place',
    snapshotFormat.patch('return crc32(bytes, header)', 'return header'),
  ),
  mutant(
    'wal-snap-short',
    'a snapshot that is cut short is used',
    snapshotLayout.patch(
      "if (bytes.length < FRAME_BYTES) return bad(end, 'it is cut short', blocks)",
      "if (bytes.length < FRAME_BYTES) return { blocks, total: { size: blocks.size, digest: '00' }, damage: null }",
    ),
  ),
  mutant(
    'wal-snap-removed',
    'the snapshot before is removed as soon as there is another one',
    snapshotStore.patch(
      'const replaced = this.#files.find((other) => other.file === file)',
      'const replaced = this.#files[0]\n    if (replaced !== undefined && replaced.file !== file) fileSystem.remove(replaced.file)',
    ),
  ),
  mutant(
    'wal-snap-unchecked',
    'the digest of a received snapshot is not compared',
    partial.patch("if (hash.digest('hex') !== digest) throw", "if (hash.digest('hex') === '') throw"),
  ),
  mutant(
    'wal-part',
    'bytes of a snapshot are acknowledged before they are durable',
    partial.patch('at === 0)\n    await this.#writer.sync()', 'at === 0)'),
  ),
  mutant(
    'wal-part-torn',
    'the torn end of a partial snapshot counts as received',
    partial.patch('blocks.cutAt(block)', ''),
  ),
]

/** The bugs of the log store. */
export const walMutants: readonly Mutant[] = [
  ...writing,
  ...reading,
  ...repair,
  ...whoItIs,
  ...beginning,
  ...usedAgain,
  ...fromDisk,
  ...snapshotsOnDisk,
]

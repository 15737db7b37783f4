// The write-ahead log on disk: terms, votes and entries in one ordered stream of records (record.ts), in
// segment files (segment.ts), in a directory that belongs to one member (identity.ts) and is open in one
// process at a time (directory-lock.ts). Opening it repairs what a crash has torn and refuses any other
// damage (recovery.ts).
import { InvariantError, type Persist, type SnapshotMeta } from '@oarlock/core'
import {
  durationBounds,
  type EventLogger,
  guardedLogger,
  Histogram,
  type LogStore,
  type LogStoreStats,
  LogWriteError,
  OarlockError,
  type OpenedLog,
  type PeerRecord,
  type SnapshotStore,
} from '@oarlock/runtime'
import { DataLockedError } from '../errors.ts'
import { accessError } from './access-error.ts'
import { type Configuration, foundingAfter } from './configuration.ts'
import { complete, readDecided } from './decided-recovery.ts'
import { type DiskLogStoreOptions, type DiskLogStoreSettings, settingsOf } from './disk-log-store-options.ts'
import { syncDirectory } from './durable-file.ts'
import type { DirectoryLock } from './file-system.ts'
import { openIdentity, saveIdentity, savePeers } from './identity.ts'
import { scanLog } from './log-scan.ts'
import { LogWriter } from './log-writer.ts'
import { growthStep } from './preallocation.ts'
import { type Repair, recover } from './recovery.ts'
import type { Restoration } from './restoration.ts'
import { mustRestore, restoreDirectory } from './restore.ts'
import { DiskSnapshotStore } from './snapshot-store.ts'
import { withStart } from './starts.ts'

const noStats: LogStoreStats = {
  diskBytes: 0,
  memoryBytes: 0,
  fsync: new Histogram(durationBounds).snapshot(),
}

interface OpenStore extends OpenedLog {
  readonly lock: DirectoryLock
  readonly incarnation: Uint8Array
  readonly writer: LogWriter
}

/**
 * `open` throws DataLockedError, WrongDataError, CorruptLogError or DataAccessError. `write` and
 * `recordPeers` reject with LogWriteError. After one failed write or fsync they always do, until the log is
 * closed and opened again: the content of the disk is unknown, and a second fsync would report success for
 * pages that the kernel has dropped.
 */
export class DiskLogStore implements LogStore {
  readonly snapshots: SnapshotStore
  readonly #snapshots: DiskSnapshotStore
  readonly #options: DiskLogStoreSettings
  readonly #configuration: Configuration | null
  readonly #restoration: Restoration | undefined
  readonly #logger: EventLogger | undefined
  #open: Promise<OpenStore> | null = null
  /** Null while no write is accepted, for the reason in `#refusal`. */
  #accepting: Pick<OpenStore, 'writer' | 'incarnation'> | null = null
  #refusal: string
  /** While no write is accepted. */
  #statsAtEnd: LogStoreStats = noStats
  #writing: Promise<void> | null = null
  #recording: Promise<void> | null = null
  #compacting: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /** Throws InvalidOptionsError. */
  constructor(given: DiskLogStoreOptions) {
    this.#options = settingsOf(given)
    this.#logger = given.logger && guardedLogger(given.logger)
    this.#configuration = given.configuration ?? null
    this.#restoration = given.restore
    this.#snapshots = new DiskSnapshotStore(this.#logger)
    this.snapshots = this.#snapshots
    this.#refusal = `the log in ${this.#options.directory} is not open`
  }

  async open(): Promise<OpenedLog> {
    const { directory } = this.#options
    if (this.#open !== null)
      throw new DataLockedError(
        `${directory} is in use by process ${process.pid}: this store is open already. Close it first`,
      )
    this.#open = this.#start()
    try {
      const { hardState, log, identity, writer, incarnation } = await this.#open
      if (this.#closing === null) this.#accepting = { writer, incarnation }
      return { hardState, log, identity }
    } catch (error) {
      this.#open = null
      throw error
    }
  }

  write(batch: readonly Persist[]): Promise<void> {
    if (this.#accepting === null) return Promise.reject(new LogWriteError(this.#refusal))
    if (this.#writing !== null)
      return Promise.reject(new InvariantError('a second write was begun while one is under way'))
    const { writer } = this.#accepting
    this.#writing = this.#orRefuse(() => this.#write(writer, batch)).finally(() => {
      this.#writing = null
    })
    return this.#writing
  }

  async compact(to: SnapshotMeta): Promise<void> {
    if (this.#compacting !== null)
      throw new InvariantError('a second compaction was begun while one is under way')
    // One record at a time.
    while (this.#writing !== null) await this.#writing.catch(() => {})
    if (this.#accepting === null) throw new LogWriteError(this.#refusal)
    const { writer } = this.#accepting
    this.#compacting = this.#orRefuse(async () => {
      this.#checkSnapshot(to)
      await writer.compact(to)
    }).finally(() => {
      this.#compacting = null
    })
    return this.#compacting
  }

  recordPeers(record: PeerRecord): Promise<void> {
    if (this.#accepting === null) return Promise.reject(new LogWriteError(this.#refusal))
    if (this.#recording !== null)
      return Promise.reject(
        new InvariantError('a second record of the peers was begun while one is under way'),
      )
    const { incarnation } = this.#accepting
    this.#recording = this.#orRefuse(() => savePeers(this.#options, record, incarnation)).finally(() => {
      this.#recording = null
    })
    return this.#recording
  }

  /** Zeros before it is open; when it takes no writes any more, what they were at the end. */
  stats(): LogStoreStats {
    return this.#accepting?.writer.stats ?? this.#statsAtEnd
  }

  close(): Promise<void> {
    if (this.#accepting !== null) this.#statsAtEnd = this.#accepting.writer.stats
    this.#accepting = null
    this.#closing ??= this.#stop().finally(() => {
      this.#closing = null
    })
    return this.#closing
  }

  async #start(): Promise<OpenStore> {
    const { fileSystem, directory } = this.#options
    try {
      fileSystem.makeDirectory(directory)
      const lock = await fileSystem.lock(directory)
      try {
        return { lock, ...(await this.#read()) }
      } catch (error) {
        await this.#snapshots.close()
        await lock.release()
        throw error
      }
    } catch (error) {
      if (error instanceof OarlockError || error instanceof InvariantError) throw error
      throw accessError(directory, error)
    }
  }

  /** Judges everything before it changes anything. */
  async #read(): Promise<Omit<OpenStore, 'lock'>> {
    const { fileSystem, directory, segmentBytes, preallocate, memoryBytes, cluster, id, randomBytes } =
      this.#options
    const asked = { cluster, configuration: this.#configuration }
    const restoration = this.#restoration
    const before = await openIdentity(this.#options, { id, ...asked, restoration })
    const { incarnation, record } = before
    const files = { fileSystem, directory, incarnation }
    const decided = await readDecided(files)
    const scanned = await scanLog(files, memoryBytes)
    const founding = foundingAfter({ directory, id }, before.founding, asked, { ...scanned, record })

    const restores = mustRestore(directory, before, scanned, restoration)
    await this.#snapshots.open(files, scanned.log.snapshot)
    const recovered = await recover(files, scanned, preallocate ? growthStep(segmentBytes) : 0)
    if (recovered.repair !== null) this.#tell(recovered.repair)
    // The process that made the directory may have ended before its name was durable.
    if (before.starts.count === 0)
      for (const parent of fileSystem.parents(directory)) await syncDirectory(fileSystem, parent)
    const starts = withStart(before.starts, Buffer.from(randomBytes(4)).toString('hex'))
    await saveIdentity(this.#options, before, { ...before, founding, starts })

    const { log } = recovered
    const writer = new LogWriter({ ...files, segmentBytes, preallocate }, recovered)
    let known = record
    try {
      if (restores) await restoreDirectory(restoration!, { ...before, founding }, this.#snapshots, writer)
      if (decided !== null) known = await complete(files, decided, { log, record }, writer)
    } catch (error) {
      await writer.close()
      throw error
    }
    const founders = founding.configuration?.founders ?? []
    const identity = {
      incarnation: Buffer.from(incarnation).toString('hex'),
      starts,
      record: known,
      ...(founders.length > 0 ? { founders } : {}),
    }
    return { hardState: writer.hardState, log, identity, incarnation, writer }
  }

  #tell(repair: Repair): void {
    const { file, at, bytes, copy } = repair
    const where = copy === null ? 'No copy of them could be written' : `A copy of them is in ${copy}`
    this.#logger?.warn(
      { event: 'write-torn', ...repair },
      `a crash has torn the last write to ${file}, of which nothing was acknowledged: ${bytes} bytes from byte ${at} on are cut off. ${where}`,
    )
  }

  async #write(writer: LogWriter, batch: readonly Persist[]): Promise<void> {
    if (this.#compacting !== null) await this.#compacting
    for (const { snapshot } of batch) if (snapshot !== null) this.#checkSnapshot(snapshot)
    return writer.write(batch)
  }

  /** The log may begin after a snapshot only if a start finds one that reaches as far. */
  #checkSnapshot({ index }: SnapshotMeta): void {
    if (!this.snapshots.stored.some(({ meta }) => meta.index >= index))
      throw new InvariantError(`no snapshot is stored that reaches entry ${index}`)
  }

  async #orRefuse(write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (error) {
      const { directory } = this.#options
      const { message } = error as Error
      this.#statsAtEnd = this.stats()
      this.#accepting = null
      this.#refusal = `the log in ${directory} takes no writes, because one has failed (${message}): look at the disk, then start the member again`
      if (error instanceof InvariantError) throw error
      throw new LogWriteError(
        `the log in ${directory} could not be written: ${message}. Look at the disk, then start the member again`,
        { cause: error },
      )
    }
  }

  async #stop(): Promise<void> {
    const open = await this.#open?.catch(() => null)
    await this.#writing?.catch(() => {})
    await this.#recording?.catch(() => {})
    await this.#compacting?.catch(() => {})
    await this.#snapshots.close()
    if (open == null) return
    try {
      await open.writer.close()
    } finally {
      await open.lock.release()
      this.#open = null
      this.#refusal = `the log in ${this.#options.directory} is not open`
    }
  }
}

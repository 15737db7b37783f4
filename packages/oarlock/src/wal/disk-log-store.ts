// The write-ahead log on disk: terms, votes and entries in one ordered stream of records (record.ts), in
// segment files (segment.ts), in a directory that belongs to one member (identity.ts) and is open in one
// process at a time (directory-lock.ts). Opening it repairs what a crash has torn and refuses any other
// damage (recovery.ts).
import { randomBytes } from 'node:crypto'
import { InvariantError, type NodeId, type Persist } from '@oarlock/core'
import {
  InvalidOptionsError,
  type Logger,
  type LogStore,
  LogWriteError,
  type OpenedLog,
  type PeerRecord,
  type StoredIdentity,
} from '@oarlock/runtime'
import { DataLockedError } from '../errors.ts'
import type { DirectoryLock, FileSystem } from './file-system.ts'
import { openIdentity } from './identity.ts'
import { LogWriter } from './log-writer.ts'
import { nodeFileSystem } from './node-file-system.ts'
import { type Repair, recover } from './recovery.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'

export interface DiskLogStoreOptions {
  /** Made if it does not exist. It must be on a local disk. */
  readonly directory: string
  /** A directory that belongs to another cluster or member is refused. */
  readonly cluster: string
  readonly id: NodeId
  /** The size in bytes at which the log begins its next file. Default 64 MiB. */
  readonly segmentBytes?: number
  /**
   * Fill segments with zeros before they are written to, which makes each fsync faster (preallocation.ts).
   * Default true. Turn it off on a file system that copies on write.
   */
  readonly preallocate?: boolean
  /** Warns when the last write was torn by a crash and is cut off. Default: nothing is logged. */
  readonly logger?: Logger
  /** Default: the file system of this machine. */
  readonly fileSystem?: FileSystem
  /** The source of the directory's incarnation. Default: the one of `node:crypto`. */
  readonly randomBytes?: (count: number) => Uint8Array
}

interface OpenStore extends OpenedLog {
  readonly lock: DirectoryLock
  readonly writer: LogWriter
}

const SEGMENT_BYTES = 64 * 1024 * 1024

/**
 * `open` throws DataLockedError, WrongDataError, CorruptLogError, InvalidOptionsError (the directory cannot
 * be made), or the file system's own error. `write` rejects with LogWriteError. After one failed write or
 * fsync it always does, until the log is closed and opened again: the content of the disk is unknown, and a
 * second fsync would report success for pages that the kernel has dropped.
 */
export class DiskLogStore implements LogStore {
  readonly #options: Required<Omit<DiskLogStoreOptions, 'logger'>>
  readonly #logger: Logger | undefined
  #open: Promise<OpenStore> | null = null
  /** Null while no write is accepted, for the reason in `#refusal`. */
  #writer: LogWriter | null = null
  #refusal: string
  #writing: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /** Throws InvalidOptionsError. */
  constructor({ logger, ...options }: DiskLogStoreOptions) {
    this.#logger = logger
    this.#options = {
      segmentBytes: SEGMENT_BYTES,
      preallocate: true,
      fileSystem: nodeFileSystem,
      randomBytes,
      ...options,
    }
    const { segmentBytes, directory } = this.#options
    if (!(segmentBytes > SEGMENT_HEADER_BYTES))
      throw new InvalidOptionsError(
        `segmentBytes must be more than ${SEGMENT_HEADER_BYTES}, and it is ${segmentBytes}`,
      )
    this.#refusal = `the log in ${directory} is not open`
  }

  async open(): Promise<OpenedLog> {
    const { directory } = this.#options
    if (this.#open !== null)
      throw new DataLockedError(
        `${directory} is in use by process ${process.pid}: this store is open already. Close it first`,
      )
    this.#open = this.#start()
    try {
      const { hardState, log, identity, writer } = await this.#open
      if (this.#closing === null) this.#writer = writer
      return { hardState, log, identity }
    } catch (error) {
      this.#open = null
      throw error
    }
  }

  write(batch: readonly Persist[]): Promise<void> {
    if (this.#writer === null) return Promise.reject(new LogWriteError(this.#refusal))
    if (this.#writing !== null)
      return Promise.reject(new InvariantError('a second write was begun while one is under way'))
    this.#writing = this.#write(this.#writer, batch)
    return this.#writing
  }

  async recordPeers(_record: PeerRecord): Promise<void> {
    if (this.#writer === null) throw new LogWriteError(this.#refusal)
  }

  close(): Promise<void> {
    this.#writer = null
    this.#closing ??= this.#stop().finally(() => {
      this.#closing = null
    })
    return this.#closing
  }

  async #start(): Promise<OpenStore> {
    const { fileSystem, directory, segmentBytes, preallocate } = this.#options
    try {
      fileSystem.makeDirectory(directory)
    } catch (cause) {
      const { message } = cause as Error
      throw new InvalidOptionsError(`the data directory ${directory} cannot be made: ${message}`, { cause })
    }
    const lock = await fileSystem.lock(directory)
    try {
      const incarnation = await openIdentity(this.#options, this.#options)
      const recovered = await recover({ fileSystem, directory, incarnation }, preallocate ? segmentBytes : 0)
      if (recovered.repair !== null) this.#tell(recovered.repair)
      const writer = new LogWriter(
        { fileSystem, directory, incarnation, segmentBytes, preallocate },
        recovered,
      )
      const identity = identityOf(incarnation, this.#options)
      return { hardState: recovered.hardState, log: recovered.log, identity, lock, writer }
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  #tell(repair: Repair): void {
    const { file, at, bytes, copy } = repair
    const where = copy === null ? 'No copy of them could be written' : `A copy of them is in ${copy}`
    this.#logger?.warn(
      { ...repair },
      `a crash has torn the last write to ${file}, of which nothing was acknowledged: ${bytes} bytes from byte ${at} on are cut off. ${where}`,
    )
  }

  async #write(writer: LogWriter, batch: readonly Persist[]): Promise<void> {
    try {
      await writer.write(batch)
    } catch (error) {
      const { directory } = this.#options
      const { message } = error as Error
      this.#writer = null
      this.#refusal = `the log in ${directory} takes no writes, because one has failed (${message}): look at the disk, then start the member again`
      if (error instanceof InvariantError) throw error
      throw new LogWriteError(
        `the log in ${directory} could not be written: ${message}. Look at the disk, then start the member again`,
        { cause: error },
      )
    } finally {
      this.#writing = null
    }
  }

  async #stop(): Promise<void> {
    const open = await this.#open?.catch(() => null)
    await this.#writing?.catch(() => {})
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

function identityOf(
  incarnation: Uint8Array,
  { randomBytes }: Pick<Required<DiskLogStoreOptions>, 'randomBytes'>,
): StoredIdentity {
  const token = Buffer.from(randomBytes(4)).toString('hex')
  return {
    incarnation: Buffer.from(incarnation).toString('hex'),
    starts: { count: 1, recent: [token] },
    record: { founded: false, peers: new Map() },
  }
}

// The write-ahead log on disk: terms, votes and entries in one ordered stream of records (record.ts), in segment files
// (segment.ts), in a directory that belongs to one member (meta.ts) and is open in one process at a time (lock.ts).
// What a crash leaves behind is repaired when it is opened, anything else refused (recovery.ts).

import { InvariantError, type NodeId, type Persist } from '@oarlock/core'
import { InvalidOptionsError, type LogStore, LogWriteError, type OpenedLog } from '@oarlock/runtime'
import { DataLockedError } from '../errors.ts'
import { type FileSystem, nodeFileSystem } from './file-system.ts'
import type { DirectoryLock } from './lock.ts'
import { LogWriter } from './log-writer.ts'
import { openIdentity } from './meta.ts'
import { recover } from './recovery.ts'
import { standardWalRules, type WalRules } from './rules.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'

export interface DiskLogStoreOptions {
  /** Made if it is not there. It must be on a local disk. */
  readonly directory: string
  /** Whose data it is: a directory of another cluster or member is refused. */
  readonly cluster: string
  readonly id: NodeId
  /** Bytes after which the next file of the log is begun. Default 64 MiB. */
  readonly segmentBytes?: number
  /**
   * Fill segments with zeros before they are written to: each fsync is then faster (preallocation.ts).
   * Default true. Turn it off on a file system that copies on write.
   */
  readonly preallocate?: boolean
  /** Default: the one of this machine. */
  readonly fileSystem?: FileSystem
}

interface OpenStore extends OpenedLog {
  readonly lock: DirectoryLock
  readonly writer: LogWriter
}

const SEGMENT_BYTES = 64 * 1024 * 1024

/**
 * `open` throws DataLockedError, WrongDataError, CorruptLogError, InvalidOptionsError where the directory cannot be made, or
 * the file system's own error. `write` rejects with
 * LogWriteError; after one failed write or fsync always, until the log was closed and opened anew: what the disk holds
 * is not known any more, and an fsync that is tried again would lie (the kernel has dropped the pages it could not write).
 */
export class DiskLogStore implements LogStore {
  readonly #options: Required<DiskLogStoreOptions>
  readonly #rules: WalRules
  #open: Promise<OpenStore> | null = null
  /** Null: no write is accepted, for the reason in `#refusal`. */
  #writer: LogWriter | null = null
  #refusal: string
  #writing: Promise<void> | null = null
  #closing: Promise<void> | null = null

  /** Throws InvalidOptionsError. `rules`: the mutation runner hands broken ones in; nobody else should. */
  constructor(options: DiskLogStoreOptions, rules: WalRules = standardWalRules) {
    this.#rules = rules
    this.#options = { segmentBytes: SEGMENT_BYTES, preallocate: true, fileSystem: nodeFileSystem, ...options }
    const { segmentBytes, directory } = this.#options
    if (!(segmentBytes > SEGMENT_HEADER_BYTES))
      throw new InvalidOptionsError(`segmentBytes must be above ${SEGMENT_HEADER_BYTES}, got ${segmentBytes}`)
    this.#refusal = `the log in ${directory} is not open`
  }

  async open(): Promise<OpenedLog> {
    const { directory } = this.#options
    if (this.#open !== null)
      throw new DataLockedError(
        `${directory} is in use by process ${process.pid}: this store is open already`,
      )
    this.#open = this.#start()
    try {
      const { hardState, log, writer } = await this.#open
      if (this.#closing === null) this.#writer = writer
      return { hardState, log }
    } catch (error) {
      this.#open = null
      throw error
    }
  }

  write(batch: readonly Persist[]): Promise<void> {
    if (this.#writer === null) return Promise.reject(new LogWriteError(this.#refusal))
    if (this.#writing !== null) return Promise.reject(new InvariantError('a write of the log is under way'))
    this.#writing = this.#write(this.#writer, batch)
    return this.#writing
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
    const rules = this.#rules
    try {
      fileSystem.makeDirectory(directory)
    } catch (cause) {
      const { message } = cause as Error
      throw new InvalidOptionsError(`the data directory ${directory} cannot be made: ${message}`, { cause })
    }
    const lock = await rules.lock(fileSystem, directory)
    try {
      const incarnation = await openIdentity(fileSystem, directory, this.#options, rules)
      const recovered = await recover(
        { fileSystem, directory, incarnation, rules },
        preallocate ? segmentBytes : 0,
      )
      const writer = new LogWriter(
        { fileSystem, directory, incarnation, segmentBytes, preallocate, rules },
        recovered,
      )
      return { hardState: recovered.hardState, log: recovered.log, lock, writer }
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  async #write(writer: LogWriter, batch: readonly Persist[]): Promise<void> {
    try {
      await writer.write(batch)
    } catch (error) {
      const { directory } = this.#options
      if (this.#rules.failureEndsWriting()) this.#writer = null
      this.#refusal = `the log in ${directory} takes no writes: one has failed before (${(error as Error).message}), and what the disk holds is not known until it is opened anew`
      if (error instanceof InvariantError) throw error
      throw new LogWriteError(`the log in ${directory} could not be written: ${(error as Error).message}`, {
        cause: error,
      })
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

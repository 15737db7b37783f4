// The options of the log store on disk, their defaults, and what they may be.
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import type { NodeId } from '@oarlock/core'
import {
  callback,
  checkOptions,
  flag,
  InvalidOptionsError,
  type LoggerOption,
  loggerRule,
  mustBe,
  needed,
  number,
  type Schema,
  text,
  withMethods,
} from '@oarlock/runtime'
import type { Configuration } from './configuration.ts'
import type { FileSystem } from './file-system.ts'
import { nodeFileSystem } from './node-file-system.ts'
import type { Restoration } from './restoration.ts'
import { SEGMENT_HEADER_BYTES } from './segment.ts'

export interface DiskLogStoreOptions {
  /** Made if it does not exist. It must be on a local disk. */
  readonly directory: string
  /** A directory that belongs to another cluster or member is refused. */
  readonly cluster: string
  readonly id: NodeId
  /**
   * What the cluster is founded with. A directory whose member took part in a cluster that was founded with
   * something else is refused. Default: it is neither recorded nor compared.
   */
  readonly configuration?: Configuration
  /** The size in bytes at which the log begins its next file. Default 64 MiB. */
  readonly segmentBytes?: number
  /**
   * Write over blocks that are there, which makes each fsync faster: segments are filled with zeros ahead
   * (preallocation.ts), and used again. Default true. Turn it off on a file system that copies on write.
   */
  readonly preallocate?: boolean
  /**
   * The bytes of the log's last records that are kept in memory. What is older is read from disk. Default
   * 64 MiB.
   */
  readonly memoryBytes?: number
  /** Warns when the last write was torn by a crash and is cut off. Default: nothing is logged. */
  readonly logger?: LoggerOption
  /** An empty directory begins with this state. Needs `configuration`. Default: with nothing. */
  readonly restore?: Restoration
  /** Default: the file system of this machine. */
  readonly fileSystem?: FileSystem
  /** The source of the directory's incarnation and the starts' tokens. Default: the one of `node:crypto`. */
  readonly randomBytes?: (count: number) => Uint8Array
}

const SEGMENT_BYTES = 64 * 1024 * 1024
const MEMORY_BYTES = 64 * 1024 * 1024

const schema: Schema<DiskLogStoreOptions> = {
  directory: needed(text()),
  cluster: needed(text()),
  id: needed(text()),
  configuration: mustBe('what the cluster is founded with', (value) => typeof value === 'object'),
  segmentBytes: number({ of: 'bytes', above: SEGMENT_HEADER_BYTES, whole: true }),
  preallocate: flag,
  memoryBytes: number({ of: 'bytes', least: 0, whole: true }),
  logger: loggerRule,
  restore: withMethods('a restoration, an object with check and content', 'check', 'content'),
  fileSystem: withMethods('a file system', 'makeDirectory', 'open', 'write', 'syncData', 'lock'),
  randomBytes: callback('a function that returns random bytes'),
}

export type DiskLogStoreSettings = Required<Omit<DiskLogStoreOptions, 'logger' | 'configuration' | 'restore'>>

/** Throws InvalidOptionsError. */
export function settingsOf(given: DiskLogStoreOptions): DiskLogStoreSettings {
  checkOptions(given, schema, 'DiskLogStore')
  const { logger, configuration, restore, ...options } = given
  if (restore !== undefined && configuration === undefined)
    throw new InvalidOptionsError('restore needs a configuration: it says who founds the new cluster')
  return {
    segmentBytes: SEGMENT_BYTES,
    preallocate: true,
    memoryBytes: MEMORY_BYTES,
    fileSystem: nodeFileSystem,
    randomBytes,
    ...options,
    // The process may change its working directory later.
    directory: path.resolve(options.directory),
  }
}

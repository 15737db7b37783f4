// The options of a member's snapshots.
import { number, type Schema } from '../options/index.ts'
import type { SnapshotPolicy } from './policy.ts'
import type { TransferLimits } from './sending.ts'

export interface SnapshotOptions {
  /** A snapshot is taken after so many bytes of log. Default 64 MiB. */
  readonly everyBytes?: number
  /** Or after so many entries. Default: any number. */
  readonly everyEntries?: number
  /** The most bytes of a snapshot that are sent to one member in a second. Default 32 MiB. */
  readonly bytesPerSecond?: number
}

export interface SnapshotSettings {
  readonly policy: SnapshotPolicy
  readonly limits: TransferLimits
}

const MiB = 1024 * 1024

/** Smaller ones would write and send little else. */
const leastBytes = 4096

export const snapshotSchema: Schema<SnapshotOptions> = {
  everyBytes: number({ of: 'bytes', least: leastBytes, endless: true }),
  everyEntries: number({ of: 'entries', least: 1, endless: true }),
  bytesPerSecond: number({ of: 'bytes', least: leastBytes, endless: true }),
}

/** In election timeouts: see SnapshotSenderInit. On the slowest links a chunk takes longer, and still counts. */
const retryAfter = 1.5
const giveUpAfter = 6

export function snapshotSettings(
  {
    everyBytes = 64 * MiB,
    everyEntries = Number.POSITIVE_INFINITY,
    bytesPerSecond = 32 * MiB,
  }: SnapshotOptions,
  electionTimeout: number,
): SnapshotSettings {
  return {
    policy: { everyBytes, everyEntries, kept: 2 },
    limits: {
      bytesPerSecond,
      chunkBytes: 64 * 1024,
      windowBytes: MiB,
      retryAfter: retryAfter * electionTimeout,
      giveUpAfter: giveUpAfter * electionTimeout,
    },
  }
}

// What a data directory holds, for the recovery of a cluster that has lost its majority. Reading changes
// nothing.
import { createHash } from 'node:crypto'
import {
  type Configuration,
  changed,
  decodeChange,
  type Entry,
  type HardState,
  type Index,
  index,
  membersOf,
  type NodeId,
  type SnapshotMeta,
  staticVoters,
} from '@oarlock/core'
import { DecodeError, kindOf, timeOf } from '@oarlock/runtime'
import { RecoveryError } from '../errors.ts'
import { foundersOf } from './configuration.ts'
import type { DirectoryLock, FileSystem } from './file-system.ts'
import { type DirectoryIdentity, readIdentity } from './identity.ts'
import { scanLog } from './log-scan.ts'
import type { PackedLog } from './packed-log.ts'
import type { SegmentFiles } from './segment-reader.ts'
import { checkSnapshots } from './snapshot-check.ts'

/** Of the log: what was read is not needed in memory. */
const MEMORY_BYTES = 1024 * 1024
const PAGE_BYTES = 4 * 1024 * 1024

export interface Survivor {
  readonly identity: DirectoryIdentity
  readonly files: SegmentFiles
  readonly hardState: HardState
  /** The configuration after all entries of the log. */
  readonly configuration: Configuration
  readonly lastIndex: Index
  readonly lastTerm: number
  /** The newest intact snapshot that the log goes on from. */
  readonly snapshot: SnapshotMeta | null
  /** Of the last command in the log that has one, in ms. */
  readonly leaderTime: number | null
  /** Stands for all of this. */
  readonly confirm: string
}

/** Calls `act` while no other process has the directory. Throws DataLockedError and what `act` throws. */
export async function whileLocked<Value>(
  fileSystem: FileSystem,
  directory: string,
  act: () => Promise<Value>,
): Promise<Value> {
  const lock: DirectoryLock = await fileSystem.lock(directory)
  try {
    return await act()
  } finally {
    await lock.release()
  }
}

/** Throws RecoveryError, CorruptLogError or SnapshotDamagedError. */
export async function readSurvivor(fileSystem: FileSystem, directory: string): Promise<Survivor> {
  const identity = await readIdentity({ fileSystem, directory }, () => {})
  if (identity === null)
    throw new RecoveryError(
      'no-data',
      `${directory} is not the data directory of a member: it has no meta.json`,
    )
  const founded = identity.founding.configuration
  if (founded === null)
    throw new RecoveryError(
      'no-data',
      `${directory} does not say what its cluster was founded with: an earlier version made it. Start the member once, then stop it`,
    )
  const files = { fileSystem, directory, incarnation: identity.incarnation }
  const { log, hardState } = await scanLog(files, MEMORY_BYTES)
  try {
    const snapshot = await newestIntact(files, log)
    const base = log.snapshot?.configuration ?? staticVoters(foundersOf(founded, identity.record) ?? [])
    const { configuration, leaderTime } = readEntries(log, base)
    const lastTerm = log.termAt(log.lastIndex)!
    const found = {
      identity,
      hardState,
      configuration,
      lastIndex: log.lastIndex,
      lastTerm,
      snapshot,
      leaderTime,
    }
    return { ...found, files, confirm: digestOf(found) }
  } finally {
    log.close()
  }
}

/** Of the ids in the configuration. */
export const othersIn = (configuration: Configuration, id: NodeId): readonly NodeId[] =>
  [...new Set([...membersOf(configuration), ...configuration.learnersNext])].filter((other) => other !== id)

async function newestIntact(files: SegmentFiles, log: PackedLog): Promise<SnapshotMeta | null> {
  const { intact, damaged } = await checkSnapshots(files)
  const usable = intact.find((meta) => log.termAt(meta.index) === meta.term) ?? null
  if (usable !== null || log.snapshot === null) return usable
  throw (
    damaged[0] ??
    new RecoveryError(
      'no-data',
      `the log in ${files.directory} goes on from a snapshot, and its file is missing`,
    )
  )
}

function readEntries(
  log: PackedLog,
  base: Configuration,
): { readonly configuration: Configuration; readonly leaderTime: number | null } {
  let configuration = base
  let leaderTime = 0
  for (let from: number = log.firstIndex; from <= log.lastIndex; ) {
    const entries = log.entries(index(from), index(log.lastIndex + 1), PAGE_BYTES)
    for (const entry of entries)
      if (entry.type === 'configuration') configuration = changed(configuration, decodeChange(entry.data))
      else leaderTime = Math.max(leaderTime, timeIn(entry))
    from += entries.length
  }
  return { configuration, leaderTime: leaderTime === 0 ? null : leaderTime }
}

/** 0: it has none, or a newer version wrote it. */
function timeIn({ data }: Entry): number {
  if (data.length === 0) return 0
  try {
    kindOf(data)
    return timeOf(data)
  } catch (error) {
    if (error instanceof DecodeError) return 0
    throw error
  }
}

/**
 * Each start leaves another token in the directory, so the digest of one that was used meanwhile is another.
 */
function digestOf({ identity, ...log }: Omit<Survivor, 'files' | 'confirm'>): string {
  const { id, incarnation, founding, starts, record } = identity
  const known = { ...record, peers: [...record.peers] }
  const content = [id, Buffer.from(incarnation).toString('hex'), founding, starts, known, log]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 32)
}

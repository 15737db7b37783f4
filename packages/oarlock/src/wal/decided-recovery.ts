// A recovery that was decided: `recovery.json`. It makes the member the only voter of a new generation of its
// cluster. The file holds all that is still to be written, and it is durable before anything of that is. So a power
// cut leaves a directory that was not recovered, or one whose next start completes the recovery.
import path from 'node:path'
import { type Entry, index, type Persist, term } from '@oarlock/core'
import type { Generation, PeerRecord } from '@oarlock/runtime'
import { decodeChecked, encodeChecked } from './checked-file.ts'
import { corrupt } from './corruption.ts'
import { replaceFile, syncDirectory } from './durable-file.ts'
import { savePeers } from './identity.ts'
import type { LogWriter } from './log-writer.ts'
import type { PackedLog } from './packed-log.ts'
import type { SegmentFiles } from './segment-reader.ts'

const RECOVERY_NAME = 'recovery.json'

export interface DecidedRecovery {
  readonly generation: Generation
  /** The confirmation that it was decided with. */
  readonly confirm: string
  readonly term: number
  /** As in the hard state before: a former leader may still count on it. In ms. */
  readonly promise: number
  /** The index of the first of the entries. */
  readonly first: number
  /** Of the configuration entries that make the member the only voter. In base64. */
  readonly entries: readonly string[]
}

/** Null: none is to be completed. Throws CorruptLogError. */
export async function readDecided({
  fileSystem,
  directory,
  incarnation,
}: SegmentFiles): Promise<DecidedRecovery | null> {
  const file = path.join(directory, RECOVERY_NAME)
  if (!fileSystem.exists(file)) return null
  const decided = decodeChecked(await fileSystem.read(file), incarnation) as DecidedRecovery | undefined
  if (decided === undefined) throw corrupt(file, 0, 'its checksum does not match')
  return decided
}

/** The recovery is decided when this resolves. */
export async function decide(
  { fileSystem, directory, incarnation }: SegmentFiles,
  recovery: DecidedRecovery,
): Promise<void> {
  await replaceFile(fileSystem, path.join(directory, RECOVERY_NAME), encodeChecked(recovery, incarnation))
  await syncDirectory(fileSystem, directory)
}

/** Carries out what was decided, as far as it is not done yet. Returns the record of the peers after it. */
export async function complete(
  files: SegmentFiles,
  decided: DecidedRecovery,
  { log, record }: { readonly log: PackedLog; readonly record: PeerRecord },
  writer: LogWriter,
): Promise<PeerRecord> {
  const { fileSystem, directory, incarnation } = files
  const after: PeerRecord = { ...record, founded: true, generation: decided.generation }
  await savePeers(files, after, incarnation)
  // The record is written as a whole. Its entries are committed, and others may follow them.
  if (log.lastIndex < decided.first) await writer.write([recordOf(decided)])
  fileSystem.remove(path.join(directory, RECOVERY_NAME))
  await syncDirectory(fileSystem, directory)
  return after
}

/** All entries before become committed, as the commit index is that of the last one. */
function recordOf(decided: DecidedRecovery): Persist {
  const inTerm = term(decided.term)
  const entries = decided.entries.map(
    (data, at): Entry => ({
      index: index(decided.first + at),
      term: inTerm,
      type: 'configuration',
      data: Buffer.from(data, 'base64'),
    }),
  )
  const { index: last } = entries.at(-1)!
  return {
    write: { sequence: 0, term: inTerm, last: null, snapshot: null },
    hardState: { term: inTerm, vote: null, commit: last, promise: decided.promise },
    entries,
    snapshot: null,
    mustSync: true,
    thenSend: [],
  }
}

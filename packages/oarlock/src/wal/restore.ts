// A new data directory that begins with the state of a backup. The directory is made first, and its record of the peers
// says from which backup. So a start finds out whether a crash came before the log began: then it restores again.
import { index, type Persist, type SnapshotMeta, staticVoters, term } from '@oarlock/core'
import type { SnapshotStore } from '@oarlock/runtime'
import { WrongDataError } from '../errors.ts'
import type { DirectoryIdentity } from './identity.ts'
import type { ScannedLog } from './log-scan.ts'
import type { LogWriter } from './log-writer.ts'
import type { Restoration } from './restoration.ts'

/** Whether the member has not begun yet: it has no term and no entry, and was not taken in by others. */
const isUnbegun = ({ record }: DirectoryIdentity, { hardState, log }: ScannedLog): boolean =>
  !record.founded && hardState.term === 0 && log.lastIndex === 0 && log.snapshot === null

/** Whether the log is still to begin with the backup. Throws WrongDataError if the directory is of another origin. */
export function mustRestore(
  directory: string,
  identity: DirectoryIdentity,
  scanned: ScannedLog,
  restoration: Restoration | undefined,
): boolean {
  const { generation } = identity.record
  if (restoration === undefined) {
    if (generation === undefined || !isUnbegun(identity, scanned)) return false
    throw new WrongDataError(
      `${directory} was made to be restored from a backup (${generation.id}), and that was not completed: start the member with the same restore, or point it at an empty directory`,
    )
  }
  if (generation?.id === restoration.generation.id) return isUnbegun(identity, scanned)
  const { id, founding } = identity
  throw new WrongDataError(
    `${directory} holds the data of member '${id}' of cluster '${founding.cluster}', which was not founded from the backup ${restoration.name}: leave restore out to go on with it, or point the member at an empty directory`,
  )
}

/** Makes the backup the beginning of the log. It is durable when this resolves. */
export async function restoreDirectory(
  restoration: Restoration,
  identity: DirectoryIdentity,
  snapshots: SnapshotStore,
  writer: LogWriter,
): Promise<void> {
  const { founders } = identity.founding.configuration!
  const meta: SnapshotMeta = {
    index: index(restoration.index),
    term: term(restoration.entryTerm),
    configuration: staticVoters(founders),
  }
  const file = await snapshots.create(meta)
  try {
    for await (const bytes of restoration.content()) await file.append(bytes)
    await file.commit()
  } catch (error) {
    await file.abort()
    throw error
  }
  await writer.write([beginningWith(meta, restoration.term)])
}

function beginningWith(snapshot: SnapshotMeta, inTerm: number): Persist {
  return {
    write: { sequence: 0, term: term(inTerm), last: null, snapshot: null },
    hardState: { term: term(inTerm), vote: null, commit: snapshot.index, promise: 0 },
    entries: [],
    snapshot,
    mustSync: true,
    thenSend: [],
  }
}

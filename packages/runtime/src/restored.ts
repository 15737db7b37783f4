// What a start restores from the log store.
import { type Configuration, index, type RestoredState, type SnapshotMeta } from '@oarlock/core'
import type { OpenedLog } from './ports/index.ts'

/** §6: the snapshot and the log say what the configuration is. The founders' is only for a member that has neither. */
export function configurationAtStart(snapshot: SnapshotMeta | null, founders: Configuration): Configuration {
  return snapshot?.configuration ?? founders
}

/** The core's state at the start of a member: `founders` is the configuration that the log begins with. */
export function restoredFrom(
  { hardState, log: { snapshot } }: OpenedLog,
  founders: Configuration,
): RestoredState {
  return {
    hardState,
    configuration: configurationAtStart(snapshot, founders),
    applied: snapshot?.index ?? index(0),
  }
}

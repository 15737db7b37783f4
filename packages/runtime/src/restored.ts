// The state that a member starts with: from its log store, or that of a new cluster.
import { type Configuration, index, type RestoredState, type SnapshotMeta } from '@oarlock/core'
import type { OpenedLog, StoredSnapshot } from './ports/index.ts'
import { isUsable } from './snapshots/index.ts'

/**
 * §6: the configuration is the latest in the snapshot and the log. The core finds those in the log. Without a
 * snapshot the log begins with the founders' configuration.
 */
export function configurationAtStart(snapshot: SnapshotMeta | null, founders: Configuration): Configuration {
  return snapshot?.configuration ?? founders
}

/**
 * The core's state at the start of a member: after the newest of the `stored` snapshots that the log goes on
 * from. `founders` is the configuration that the log begins with.
 */
export function restoredFrom(
  { hardState, log }: Pick<OpenedLog, 'hardState' | 'log'>,
  founders: Configuration,
  stored: readonly StoredSnapshot[] = [],
): RestoredState {
  const snapshot = stored.find((candidate) => isUsable(candidate, log))?.meta ?? log.snapshot
  return {
    hardState,
    configuration: configurationAtStart(snapshot, founders),
    applied: snapshot?.index ?? index(0),
  }
}

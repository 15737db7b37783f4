// Which snapshots are kept, and how far the log is cut (paper §7).
import type { LogReader, SnapshotMeta } from '@oarlock/core'
import type { StoredSnapshot } from '../ports/index.ts'

/** A snapshot counts while the log holds its last entry, or begins after it: then the entries after it are there. */
export function isUsable({ meta }: StoredSnapshot, log: LogReader): boolean {
  return log.termAt(meta.index) === meta.term
}

/** A snapshot that has arrived from a leader, until the log begins with it or with a later one, or has its place. */
export function isAwaited(snapshot: StoredSnapshot, log: LogReader): boolean {
  return !isUsable(snapshot, log) && snapshot.meta.index >= log.firstIndex
}

/** Newest first. */
export const usable = (stored: readonly StoredSnapshot[], log: LogReader): readonly StoredSnapshot[] =>
  stored.filter((snapshot) => isUsable(snapshot, log))

/**
 * The log is kept from the oldest of the newest `kept` snapshots on. They are durable. `_taking`: a snapshot
 * that is being written.
 */
export function placeToCompactTo(
  durable: readonly StoredSnapshot[],
  kept: number,
  _taking: SnapshotMeta | null,
): SnapshotMeta | null {
  return durable[kept - 1]?.meta ?? null
}

/** The newest usable ones are kept, and those that are in use. */
export function toRemove(
  stored: readonly StoredSnapshot[],
  log: LogReader,
  kept: number,
  inUse: (snapshot: StoredSnapshot) => boolean,
): readonly StoredSnapshot[] {
  const keep = usable(stored, log).slice(0, kept)
  return stored.filter((snapshot) => !keep.includes(snapshot) && !inUse(snapshot))
}

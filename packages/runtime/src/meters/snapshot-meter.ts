// Counts what becomes of a member's snapshots.
import type { Millis } from '@oarlock/core'

export class SnapshotMeter {
  taken = 0
  received = 0
  /** They could not be taken, or not be kept when they were received. */
  failed = 0
  damaged = 0
  compactions = 0
  /** When the newest one was taken or received here; null: not since the start. */
  newestAt: Millis | null = null
}

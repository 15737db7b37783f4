// A snapshot in the simulator. The core passes the whole object on and reads only its meta data, so the state
// travels with it.
import type { SnapshotMeta } from '@oarlock/core'

/** The last command of a session, and its result. */
export interface Answered {
  readonly sequence: number
  readonly result: unknown
}

/** The state of a replica's machine. */
export interface MachineState {
  readonly inner: unknown
  readonly sessions: ReadonlyMap<number, Answered>
}

export interface Snapshot extends SnapshotMeta {
  readonly state: MachineState
}

/** A core of the simulator hands out only snapshots that it was given. */
export const asSnapshot = (meta: SnapshotMeta): Snapshot => meta as Snapshot

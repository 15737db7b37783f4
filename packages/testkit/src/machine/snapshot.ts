// A snapshot as the runtime of the simulator keeps it. The core passes the whole object on and looks only at its meta data,
// so the state travels with it: as its bytes do in a real runtime, which the core never sees either.
import type { SnapshotMeta } from '@oarlock/core'
import type { MachineState } from './machine.ts'

export interface Snapshot extends SnapshotMeta {
  /** What the state machine held, its sessions included. */
  readonly state: MachineState
}

/** Every snapshot that a core of the simulator hands out was given to some core as one of these. */
export const asSnapshot = (meta: SnapshotMeta): Snapshot => meta as Snapshot

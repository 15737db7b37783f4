// The replicated store of the cluster, as the runtime sees it: a second state machine beside the application's. Commands
// and snapshots say whose they are.
import type { NodeId } from '@oarlock/core'
import type { SnapshotSection } from './snapshot-files.ts'
import type { ApplyContext } from './state-machine.ts'

export interface StoreMachine {
  /** Synchronous and deterministic, as `apply` of the application's machine. Returns its answer, encoded. */
  apply(command: Uint8Array, context: ApplyContext): Uint8Array
  /** It is left out of snapshots until the store has been used. */
  readonly section: SnapshotSection
  /** The store of another member has sent this. */
  receive?(from: NodeId, bytes: Uint8Array): void
  /** A turn of the member ends, in which no snapshot is being restored: who leads may have changed. */
  turnEnded?(): void
}

// Takes a node's snapshots: first the snapshot becomes durable, then the log is cut (paper §7). The state is
// copied when the snapshot begins, without later entries.
import type { Snapshot } from '../machine/index.ts'
import { SnapshotKept } from './arrival.ts'
import type { Host } from './host.ts'

/** §7: the snapshot is on disk before the log is cut. */
export function mayCutLog(snapshotIsDurable: boolean): boolean {
  return snapshotIsDurable
}

/**
 * §7: a snapshot is a copy of the state at its index, without entries that are applied while it is written.
 */
export function stateToWrite(copied: Snapshot['state'], _live: () => Snapshot['state']): Snapshot['state'] {
  return copied
}

export class Compactor {
  readonly #node: Host
  /** The number of applied entries between snapshots. 0: it never compacts. */
  readonly #after: number
  /** Whether it keeps entries that others may still need. A runtime should, but some do not. */
  considerate: boolean
  #writing = false

  constructor(node: Host, after: number, considerate: boolean) {
    this.considerate = considerate
    this.#node = node
    this.#after = after
  }

  reset(): void {
    this.#writing = false
  }

  /** Call after entries were applied. */
  consider(): void {
    if (this.#after === 0 || this.#writing) return
    const { machine, disk, log, raft } = this.#node
    const { index } = machine
    if (index < disk.log.firstIndex - 1 + this.#after || raft.applied !== index) return
    const term = log.termAt(index)
    // Entries may be applied before they are written.
    if (term === undefined || disk.log.termAt(index) !== term) return
    // Others may still need earlier entries.
    if (this.considerate && index > raft.compactableIndex) return
    const { configuration } = raft.inspect()
    const snapshot: Snapshot = { index, term, configuration, state: machine.state }
    const { life } = this.#node
    this.#writing = true
    if (mayCutLog(false)) disk.cutTooSoon(snapshot)
    disk.writeSnapshot(
      snapshot,
      (written) => {
        if (this.#node.life === life) this.#node.arrive(new SnapshotKept(written))
      },
      () => ({ ...snapshot, state: stateToWrite(snapshot.state, () => machine.state) }),
    )
  }

  /** The snapshot is durable. */
  kept(snapshot: Snapshot): void {
    this.#writing = false
    const { disk, log } = this.#node
    // Meanwhile the core may have got a newer snapshot, which is still being written.
    if (disk.compact(snapshot) && snapshot.index > log.start.index) log.startAt(snapshot)
  }
}

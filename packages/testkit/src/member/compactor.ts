// When a node takes a snapshot, and what it does with it: first the snapshot is made durable, then the log is cut (paper §7).
// The state is copied when the snapshot is begun; what is applied while it is written is none of it.
import type { Snapshot } from '../machine/index.ts'
import { SnapshotKept } from './arrival.ts'
import type { Host } from './host.ts'

/** §7: first the snapshot is on disk, then the log is cut. */
export function mayCutLog(snapshotIsDurable: boolean): boolean {
  return snapshotIsDurable
}

/** §7: a snapshot is a copy of the state at its index; what is applied while it is being written is none of it. */
export function stateToWrite(copied: Snapshot['state'], _live: () => Snapshot['state']): Snapshot['state'] {
  return copied
}

export class Compactor {
  readonly #node: Host
  /** How many applied entries are gathered first; 0: it never compacts. */
  readonly #after: number
  /** Whether it keeps what others may still need: a runtime should, and some do not. */
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

  /** To be asked whenever something was applied. */
  consider(): void {
    if (this.#after === 0 || this.#writing) return
    const { machine, disk, log, raft } = this.#node
    const { index } = machine
    if (index < disk.log.firstIndex - 1 + this.#after || raft.applied !== index) return
    const term = log.termAt(index)
    // Applied, and not on disk yet: only where entries may be applied before they are written.
    if (term === undefined || disk.log.termAt(index) !== term) return
    // Others may still need what comes before.
    if (this.considerate && index > raft.compactableIndex) return
    const { configuration } = raft.inspect()
    const snapshot: Snapshot = { index, term, configuration, state: machine.state }
    const { incarnation } = this.#node
    this.#writing = true
    if (mayCutLog(false)) disk.cutTooSoon(snapshot)
    disk.writeSnapshot(
      snapshot,
      (written) => {
        if (this.#node.incarnation === incarnation) this.#node.arrive(new SnapshotKept(written))
      },
      () => ({ ...snapshot, state: stateToWrite(snapshot.state, () => machine.state) }),
    )
  }

  /** It is durable. */
  kept(snapshot: Snapshot): void {
    this.#writing = false
    const { disk, log } = this.#node
    // The core may have been given a newer one meanwhile, which is still being written.
    if (disk.compact(snapshot) && snapshot.index > log.start.index) log.startAt(snapshot)
  }
}

// Everything that a node holds of its cluster: the log and the hard state, in memory, and the value machine
// that the log leads to. The document store makes it durable.
import {
  type Configuration,
  type Entry,
  type EntryId,
  type HardState,
  type Index,
  index,
  MemoryLog,
  type Persist,
  type SnapshotMeta,
  term,
} from '@oarlock/core'
import type { Json } from '../json/index.ts'
import type { LogState } from './document.ts'
import { ValueMachine } from './value-machine.ts'

/**
 * The log keeps this many applied entries before it is cut, so a member that lags a little needs no snapshot.
 */
const keptEntries = 16

export class PersistentState {
  readonly machine: ValueMachine = new ValueMachine()
  readonly log: MemoryLog
  #hardState: HardState
  /**
   * The machine's states at snapshots: of this log, and received. The core passes the objects on as they are.
   */
  readonly #states: WeakMap<SnapshotMeta, Json> = new WeakMap()
  /** The last entry that the machine has applied. */
  #applied: EntryId

  constructor({ hardState, snapshot, state, entries }: LogState) {
    this.#hardState = hardState
    this.#applied = snapshot ?? { index: index(0), term: term(0) }
    this.log = new MemoryLog(snapshot)
    this.log.append(entries)
    if (snapshot === null) return
    this.receiveSnapshot(snapshot, state)
    this.machine.restore(state)
  }

  /** Keeps the state of a snapshot in case the core accepts it. Throws DamagedError for a damaged state. */
  receiveSnapshot(snapshot: SnapshotMeta, state: unknown): void {
    const machine = new ValueMachine()
    machine.restore(state)
    this.#states.set(snapshot, machine.snapshot())
  }

  /** The state that belongs to the snapshot. */
  stateOf(snapshot: SnapshotMeta): Json {
    const state = this.#states.get(snapshot)
    if (state === undefined) throw new Error(`no state came with the snapshot at ${snapshot.index}`)
    return state
  }

  /** Takes a write of the core into memory, so that the next document has it. */
  write({ hardState, entries, snapshot }: Pick<Persist, 'hardState' | 'entries' | 'snapshot'>): void {
    if (hardState !== null) this.#hardState = hardState
    if (snapshot !== null) {
      this.stateOf(snapshot) // throws if it is missing, before a document is made without it
      this.log.restore(snapshot)
    }
    this.log.append(entries)
  }

  apply(entry: Entry): void {
    this.machine.apply(entry)
    this.#applied = entry
  }

  /** The snapshot is durable: its state replaces that of the machine. */
  install(snapshot: SnapshotMeta): void {
    this.machine.restore(this.stateOf(snapshot))
    this.#applied = snapshot
  }

  /** Cuts the log where that is worth it. `configuration` is the one in force at the last applied entry. */
  compact(compactableIndex: Index, configuration: () => Configuration): void {
    const { index, term } = this.#applied
    if (compactableIndex < index || index - this.log.firstIndex < keptEntries) return
    const snapshot = { index, term, configuration: configuration() }
    this.log.compact(snapshot)
    this.#states.set(snapshot, this.machine.snapshot())
  }

  /** The state that must survive a crash. */
  logState(): LogState {
    const { firstIndex, lastIndex, snapshot } = this.log
    const entries = this.log.entries(firstIndex, index(lastIndex + 1), Number.POSITIVE_INFINITY)
    const state = snapshot === null ? null : this.stateOf(snapshot)
    // The driver puts off a commit index until the next write. Applied entries are committed, and in this
    // log.
    const commit = index(Math.max(this.#hardState.commit, this.#applied.index))
    return { hardState: { ...this.#hardState, commit }, snapshot, state, entries }
  }
}

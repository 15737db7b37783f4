// All that a node holds of its cluster: the log and the hard state, in memory, and the machine that the log
// made. It becomes part of the document that survives a crash.
import {
  type Configuration,
  type Index,
  index,
  MemoryLog,
  type Persist,
  type SnapshotMeta,
} from '@oarlock/core'
import type { Json } from '../json/index.ts'
import type { LogState } from './document.ts'
import { ValueMachine } from './value-machine.ts'

/** Entries that stay when they are applied: who is a little behind needs no snapshot. */
const keptEntries = 16

/** Where the core is, and up to where nobody needs the log any more. */
export interface Compactable {
  readonly applied: Index
  readonly compactableIndex: Index
  /** In force at `applied`. */
  readonly configuration: () => Configuration
}

export class PersistentState {
  readonly machine: ValueMachine = new ValueMachine()
  readonly log: MemoryLog
  #hardState: LogState['hardState']
  /** The machine's state at the log's snapshot. */
  #state: Json
  /** A state that came with a snapshot that is not installed yet. */
  #incoming: { readonly snapshot: SnapshotMeta; readonly state: Json } | null = null

  constructor({ hardState, snapshot, state, entries }: LogState) {
    this.#hardState = hardState
    this.#state = state
    this.log = new MemoryLog(snapshot)
    this.log.append(entries)
    if (snapshot !== null) this.machine.restore(state)
  }

  /** A snapshot comes in, with its state. Throws DamagedError for what is no state. */
  offered(snapshot: SnapshotMeta, state: unknown): void {
    new ValueMachine().restore(state)
    this.#incoming = { snapshot, state: state as Json }
  }

  /**
   * The state to send with a snapshot of the log; undefined: the log has moved on, and it must be offered
   * again.
   */
  stateOf(snapshot: SnapshotMeta): Json | undefined {
    return snapshot.index === this.log.snapshot?.index ? this.#state : undefined
  }

  /** What the core wants written: in memory, so that the next document has it. */
  take({ hardState, entries, snapshot }: Pick<Persist, 'hardState' | 'entries' | 'snapshot'>): void {
    if (hardState !== null) this.#hardState = hardState
    if (snapshot !== null) this.#install(snapshot)
    this.log.append(entries)
  }

  #install(snapshot: SnapshotMeta): void {
    const incoming = this.#incoming
    if (incoming?.snapshot.index !== snapshot.index || incoming.snapshot.term !== snapshot.term)
      throw new Error(`the state of the snapshot at ${snapshot.index} is not here`)
    this.log.restore(snapshot)
    this.#state = incoming.state
    this.machine.restore(incoming.state)
    this.#incoming = null
  }

  /** Cuts the log where that is worth it. */
  compact({ applied, compactableIndex, configuration }: Compactable): void {
    // The machine is at `applied`, so that only a snapshot of there can be made.
    if (compactableIndex < applied || applied - this.log.firstIndex < keptEntries) return
    const term = this.log.termAt(applied)
    if (term === undefined) return // handed out before it was written here
    this.log.compact({ index: applied, term, configuration: configuration() })
    this.#state = this.machine.snapshot()
  }

  /** What must survive a crash. */
  logState(): LogState {
    const { firstIndex, lastIndex, snapshot } = this.log
    const entries =
      firstIndex > lastIndex
        ? []
        : this.log.entries(firstIndex, index(lastIndex + 1), Number.POSITIVE_INFINITY)
    return { hardState: this.#hardState, snapshot, state: this.#state, entries }
  }
}

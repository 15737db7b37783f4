// Everything that a node holds of its cluster: the log and the hard state, in memory, and the value machine that the log
// leads to. The document store makes it durable.
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

/** The log is not cut before it holds this many applied entries, so a member that lags a little needs no snapshot. */
const keptEntries = 16

interface IncomingSnapshot {
  readonly snapshot: SnapshotMeta
  readonly state: Json
}

const isAt = (one: EntryId, other: EntryId): boolean => one.index === other.index && one.term === other.term

export class PersistentState {
  readonly machine: ValueMachine = new ValueMachine()
  readonly log: MemoryLog
  #hardState: HardState
  /** The machine's state at the log's snapshot. */
  #state: Json
  /** Snapshots that were received with their states and are not written yet. */
  #incoming: readonly IncomingSnapshot[] = []
  /** The last entry that the machine has applied. */
  #applied: EntryId

  constructor({ hardState, snapshot, state, entries }: LogState) {
    this.#hardState = hardState
    this.#state = state
    this.#applied = snapshot ?? { index: index(0), term: term(0) }
    this.log = new MemoryLog(snapshot)
    this.log.append(entries)
    if (snapshot !== null) this.machine.restore(state)
  }

  /** Keeps the state that came with a snapshot until the core accepts it. Throws DamagedError for a damaged state. */
  receiveSnapshot(snapshot: SnapshotMeta, state: unknown): void {
    new ValueMachine().restore(state)
    const others = this.#incoming.filter(
      (each) => each.snapshot.index > this.#applied.index && !isAt(each.snapshot, snapshot),
    )
    this.#incoming = [...others, { snapshot, state: state as Json }]
  }

  /** The state that belongs to a snapshot of this log, or undefined if the log has moved on. */
  stateOf(snapshot: SnapshotMeta): Json | undefined {
    return snapshot.index === this.log.snapshot?.index ? this.#state : undefined
  }

  /** Takes a write of the core into memory, so that the next document has it. */
  write({ hardState, entries, snapshot }: Pick<Persist, 'hardState' | 'entries' | 'snapshot'>): void {
    if (hardState !== null) this.#hardState = hardState
    if (snapshot !== null) {
      this.#state = this.#incomingStateOf(snapshot)
      this.log.restore(snapshot)
    }
    this.log.append(entries)
  }

  #incomingStateOf(snapshot: SnapshotMeta): Json {
    const found = this.#incoming.find((each) => isAt(each.snapshot, snapshot))
    if (found === undefined) throw new Error(`no state came with the snapshot at ${snapshot.index}`)
    return found.state
  }

  apply(entry: Entry): void {
    this.machine.apply(entry)
    this.#applied = entry
  }

  /** The snapshot is durable: its state replaces that of the machine. */
  install(snapshot: SnapshotMeta): void {
    this.machine.restore(this.#incomingStateOf(snapshot))
    this.#applied = snapshot
    this.#incoming = this.#incoming.filter((each) => each.snapshot.index > snapshot.index)
  }

  /** Cuts the log where that is worth it. `configuration` is the one in force at the last applied entry. */
  compact(compactableIndex: Index, configuration: () => Configuration): void {
    const { index, term } = this.#applied
    if (compactableIndex < index || index - this.log.firstIndex < keptEntries) return
    this.log.compact({ index, term, configuration: configuration() })
    this.#state = this.machine.snapshot()
  }

  /** The state that must survive a crash. */
  logState(): LogState {
    const { firstIndex, lastIndex, snapshot } = this.log
    const entries = this.log.entries(firstIndex, index(lastIndex + 1), Number.POSITIVE_INFINITY)
    // The core tells a commit index on its own only with its next write. Applied entries are committed, and in this log.
    const commit = index(Math.max(this.#hardState.commit, this.#applied.index))
    return { hardState: { ...this.#hardState, commit }, snapshot, state: this.#state, entries }
  }
}

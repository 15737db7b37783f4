// The states that a log store may hold when it is opened, as a model: it knows what was written and
// acknowledged.
import { emptyHardState, type Persist, type SnapshotMeta } from '@oarlock/core'
import { firstIndexOf, type State, stateAfter, stateCompacted } from '../log-state.ts'

export const checkers = {
  DUR: 'what was acknowledged is there after any crash',
  NEVER: 'nothing is there that was not written, or in another order',
  OPEN: 'the log can be opened after any crash',
  DAMAGE: 'acknowledged data that is damaged is refused with CorruptLogError',
  TAIL: 'what a repair cuts off is kept in a copy',
  LOCK: 'a directory can be open only once at a time',
  WHO: 'a directory has one incarnation',
  START: 'a start is known after any crash',
  PEERS: 'the last record of the peers is there after any crash',
  SNAP: 'a snapshot that was committed is there after any crash, and none that was not',
  BYTES: 'the bytes of a snapshot are read as they were written, or not at all',
  PART: 'what was acknowledged of a snapshot that is being received is there after any crash',
  READ: 'entries that are not in memory are read from disk as they were written, or not at all',
  WRITE: 'a write fails with LogWriteError if the disk fails, and succeeds otherwise',
} as const

export type Checker = keyof typeof checkers

export class Violation extends Error {
  readonly checker: Checker

  constructor(checker: Checker, message: string) {
    super(message)
    this.checker = checker
  }
}

const emptyState: State = { hardState: emptyHardState, snapshot: null, entries: [] }

export class Oracle {
  /**
   * The last durable state, and the states written after it, in order. A crash may leave any of them.
   */
  #possible: readonly State[] = [emptyState]
  /** The state of the open log. */
  #current: State = emptyState
  /** The state after everything that was submitted. */
  #last: State = emptyState
  /** Every state so far, as text. */
  readonly #history = new Set<string>([textOf(emptyState)])

  get current(): State {
    return this.#current
  }

  /** The states that may be found if everything stops now. */
  get possible(): readonly State[] {
    return this.#possible
  }

  /** Goes back to the moment of a crash. */
  backTo(possible: readonly State[]): void {
    this.#possible = possible
  }

  /**
   * A batch is submitted to the store. Call the returned function when it is acknowledged. Otherwise a part
   * of it may be found.
   */
  submit(batch: readonly Persist[]): () => void {
    const states: State[] = []
    for (const persist of batch) states.push(stateAfter(states.at(-1) ?? this.#last, persist))
    return this.#submit(
      states,
      batch.some(({ mustSync }) => mustSync),
    )
  }

  /** A compaction is submitted, perhaps while a write is under way. As {@link submit}. */
  submitCompaction(to: SnapshotMeta): () => void {
    const hasEffect = to.index >= firstIndexOf(this.#last)
    return this.#submit(hasEffect ? [stateCompacted(this.#last, to)] : [], hasEffect)
  }

  #submit(states: readonly State[], mustSync: boolean): () => void {
    for (const state of states) this.#history.add(textOf(state))
    this.#possible = [...this.#possible, ...states]
    const last = states.at(-1) ?? this.#last
    this.#last = last
    return () => {
      this.#current = last
      // What was submitted later may be found, too.
      if (mustSync) this.#possible = this.#possible.slice(this.#possible.lastIndexOf(last))
    }
  }

  /** What was submitted last was refused. */
  refused(): void {
    this.#last = this.#current
  }

  /** The log was opened in this state, which is durable from now on. Throws {@link Violation}. */
  found(state: State): void {
    const text = textOf(state)
    if (!this.#possible.some((possible) => textOf(possible) === text)) throw this.#wrong(state)
    this.#possible = [state]
    this.#current = state
    this.#last = state
  }

  #wrong(state: State): Violation {
    const known = this.#history.has(textOf(state))
    return new Violation(
      known ? 'DUR' : 'NEVER',
      `found ${summary(state)}, which ${known ? 'is an earlier state' : 'never was a state of this log'}; it may hold ${this.#possible.map(summary).join(', or ')}`,
    )
  }
}

const textOf = (state: State): string => JSON.stringify(state)

function summary({ hardState: { term, vote, commit }, snapshot, entries }: State): string {
  return `term ${term}, vote ${vote}, commit ${commit} and ${entries.length} entries after ${snapshot?.index ?? 0}`
}

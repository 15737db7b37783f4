// What a log store may be found to hold. It knows what was written and what was acknowledged, and nothing of how.
import { emptyHardState, type Persist } from '@oarlock/core'
import { type State, stateAfter } from '../log-state.ts'

export const checkers = {
  DUR: 'what was acknowledged is there, whatever crashes',
  NEVER: 'nothing is there that was never written, nor in another order',
  OPEN: 'what a crash leaves can be opened',
  DAMAGE: 'acknowledged data that is damaged is refused with CorruptLogError',
  LOCK: 'a directory is open once at a time',
  WRITE: 'a write is refused when the disk fails, with LogWriteError, and otherwise done',
} as const

export type Checker = keyof typeof checkers

export class Violation extends Error {
  readonly checker: Checker

  constructor(checker: Checker, message: string) {
    super(message)
    this.checker = checker
  }
}

const empty: State = { hardState: emptyHardState, entries: [] }

export class Oracle {
  /** The state last made durable, and those written after it, in order: any of them may be found after a crash. */
  #possible: readonly State[] = [empty]
  /** What the open log shows. */
  #current: State = empty
  /** Every state that there ever was, as text. */
  readonly #history = new Set<string>([textOf(empty)])

  get current(): State {
    return this.#current
  }

  /** What may be found if everything stops now. */
  get possible(): readonly State[] {
    return this.#possible
  }

  /** Of a crash that happened back then. */
  backTo(possible: readonly State[]): void {
    this.#possible = possible
  }

  /** A batch is handed to the store. The answer is to be given when it is done; without one it may be there, or a part of it. */
  submit(batch: readonly Persist[]): () => void {
    const states: State[] = []
    for (const persist of batch) states.push(stateAfter(states.at(-1) ?? this.#current, persist))
    for (const state of states) this.#history.add(textOf(state))
    this.#possible = [...this.#possible, ...states]
    return () => {
      this.#current = states.at(-1) ?? this.#current
      if (batch.some(({ mustSync }) => mustSync)) this.#possible = [this.#current]
    }
  }

  /** The log was opened and shows this: from now on it is durable. Throws {@link Violation}. */
  found(state: State): void {
    const text = textOf(state)
    if (!this.#possible.some((possible) => textOf(possible) === text)) throw this.#wrong(state)
    this.#possible = [state]
    this.#current = state
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

function summary({ hardState: { term, vote, commit }, entries }: State): string {
  return `term ${term}, vote ${vote}, commit ${commit} and ${entries.length} entries`
}

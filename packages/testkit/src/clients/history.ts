// LIN: each operation takes effect at one instant between its call and its answer (Herlihy and Wing, 1990).
// Writes are all different and form one sequence, and a read sees a prefix of it. So one check is enough: an
// operation that is called after the answer to another takes effect at the other's position or later. An
// unanswered operation may take effect at any time, or never.
import { type Index, index } from '@oarlock/core'
import { Violation } from '../world/index.ts'

export class History {
  #latest: Index = index(0)
  #by = 'nothing'

  /** Call when an operation begins, and pass the result to its end. */
  called(): Index {
    return this.#latest
  }

  /** A write was acknowledged, with its entries from `first` to `last`. */
  wrote(what: string, called: Index, first: Index, last: Index): void {
    if (first <= called)
      throw new Violation('LIN', `${what} is at ${first}, but ${called} had been seen when it was called`)
    this.#note(what, last)
  }

  /** A read was served by a state machine that had applied `at`. */
  read(what: string, called: Index, at: Index): void {
    if (at < called)
      throw new Violation(
        'LIN',
        `${what} sees the state at ${at}, but ${called} had been seen when it was called (latest: ${this.#by})`,
      )
    this.#note(what, at)
  }

  #note(what: string, at: Index): void {
    if (at <= this.#latest) return
    this.#latest = at
    this.#by = what
  }
}

// LIN: clients see each operation as if it took place at one instant between its call and its answer (Herlihy
// and Wing, 1990). Writes are all different and form one sequence, and a read sees a prefix of it. So one
// check is enough: an operation that is called after the answer to another takes place at the other's
// position or later. An operation without an answer may take place at any time, or never.
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
      throw new Violation('LIN', `${what} is at ${first}; when it was called ${called} had been seen`)
    this.#note(what, last)
  }

  /** A read was served by a state machine that had applied `at`. */
  read(what: string, called: Index, at: Index): void {
    if (at < called)
      throw new Violation(
        'LIN',
        `${what} sees the state at ${at}; when it was called ${called} had been seen (latest: ${this.#by})`,
      )
    this.#note(what, at)
  }

  #note(what: string, at: Index): void {
    if (at <= this.#latest) return
    this.#latest = at
    this.#by = what
  }
}

// LIN: what clients see is as if every operation took place at one instant between its call and its answer (Herlihy and Wing,
// 1990). Writes are different from one another and all in one sequence, and a read sees a prefix of it, so this is enough: an
// operation that was called when another one had been answered comes at that one's place or later. One that is never answered
// may take place at any time, or never.
import { type Index, index } from '@oarlock/core'
import { Violation } from '../world/index.ts'

export class History {
  #latest: Index = index(0)
  #by = 'nothing'

  /** An operation is called: hand what this returns to its end. */
  called(): Index {
    return this.#latest
  }

  /** A write was acknowledged: its entries begin at `first`. */
  wrote(what: string, called: Index, first: Index, last: Index): void {
    if (first <= called)
      throw new Violation('LIN', `${what} is at ${first}; when it was called ${called} had been seen`)
    this.#note(what, last)
  }

  /** A read was served from a state machine that was at `at`. */
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

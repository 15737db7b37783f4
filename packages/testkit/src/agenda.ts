// What a run does of its own accord (faults, changes of the membership, writes and reads), numbered, so that a failing run can be
// made shorter by leaving some of it out: what is left then happens as it did before, as far as it can.

export type Deed = 'fault' | 'change' | 'write' | 'read'

/** Numbers, from 1, of what is left out. */
export type Omitted = { readonly [D in Deed]?: ReadonlySet<number> }

export class Agenda {
  readonly #omitted: Omitted
  readonly #counts: Record<Deed, number> = { fault: 0, change: 0, write: 0, read: 0 }

  constructor(omitted: Omitted = {}) {
    this.#omitted = omitted
  }

  /** How many there were, those that were left out included. */
  get counts(): Readonly<Record<Deed, number>> {
    return this.#counts
  }

  /** The number of the next one of its kind; null: it is left out. */
  next(deed: Deed): number | null {
    const number = ++this.#counts[deed]
    return this.#omitted[deed]?.has(number) === true ? null : number
  }
}

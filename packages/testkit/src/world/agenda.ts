// What a run does of its own accord (faults, changes of the membership, writes and reads), numbered, so that a failing run can be
// made shorter by leaving some of it out: what is left then happens as it did before, as far as it can.

export const deeds = ['fault', 'change', 'write', 'read'] as const

export type Deed = (typeof deeds)[number]

/** Of each kind the numbers, from 1, of what happens; of a kind that is not named everything does. */
export type Kept = { readonly [D in Deed]?: ReadonlySet<number> }

export class Agenda {
  /** Is told of each fault, by its number: what it is and whom it strikes. For people; nobody else depends on it. */
  onFault: ((number: number, kind: string, victim: string) => void) | null = null
  readonly #kept: Kept
  readonly #counts: Record<Deed, number> = { fault: 0, change: 0, write: 0, read: 0 }

  constructor(kept: Kept = {}) {
    this.#kept = kept
  }

  /** How many there were, those that were left out included. */
  get counts(): Readonly<Record<Deed, number>> {
    return this.#counts
  }

  /** The number of the next one of its kind; null: it is left out. */
  next(deed: Deed): number | null {
    const number = ++this.#counts[deed]
    return this.#kept[deed]?.has(number) === false ? null : number
  }
}

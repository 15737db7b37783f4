// Numbers the actions of a run: its faults, membership changes, writes and reads. A failing run is made
// shorter by leaving some of them out; the others then happen as before, as far as they can.

export const actions = ['fault', 'change', 'write', 'read'] as const

export type Action = (typeof actions)[number]

/** For each kind, the numbers of the actions that happen, from 1. All happen of a kind that is not named. */
export type Kept = { readonly [D in Action]?: ReadonlySet<number> }

export class Agenda {
  /** Called for each fault, for a recording. The run does not depend on it. */
  onFault: ((number: number, kind: string, victim: string) => void) | null = null
  readonly #kept: Kept
  readonly #counts: Record<Action, number> = { fault: 0, change: 0, write: 0, read: 0 }

  constructor(kept: Kept = {}) {
    this.#kept = kept
  }

  /** How many there were, including those left out. */
  get counts(): Readonly<Record<Action, number>> {
    return this.#counts
  }

  /** The number of the next action of this kind; null if it is left out. */
  next(action: Action): number | null {
    const number = ++this.#counts[action]
    return this.#kept[action]?.has(number) === false ? null : number
  }
}

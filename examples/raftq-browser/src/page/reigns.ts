// Who led when, as the tabs themselves said it: a tab looks at its own role again and again, and tells the others.

/** Milliseconds since 1970, by a clock that never jumps while the page lives. */
export const now = (): number => performance.timeOrigin + performance.now()

/** From the first to the last moment at which the node was seen to lead, in one term. */
export interface Reign {
  readonly id: string
  readonly term: number
  readonly from: number
  readonly until: number
}

const kept = 200

export class Reigns {
  readonly #reigns: Map<string, Reign> = new Map()

  /** As they began. */
  get all(): readonly Reign[] {
    return [...this.#reigns.values()].sort((a, b) => a.from - b.from)
  }

  /** The node leads at this moment. */
  seen(id: string, term: number, at: number): Reign {
    const known = this.#reigns.get(`${id} ${term}`)
    return this.hear({ id, term, from: known?.from ?? at, until: at })
  }

  /** Another tab tells of it. */
  hear(reign: Reign): Reign {
    this.#reigns.set(`${reign.id} ${reign.term}`, reign)
    for (const key of [...this.#reigns.keys()].slice(0, -kept)) this.#reigns.delete(key)
    return reign
  }
}

/** Pairs of reigns, of different nodes, that held at one moment. */
export function overlaps(reigns: readonly Reign[]): readonly (readonly [Reign, Reign])[] {
  return reigns.flatMap((one, i) =>
    reigns
      .slice(i + 1)
      .filter((other) => other.id !== one.id && other.from <= one.until && one.from <= other.until)
      .map((other) => [one, other] as const),
  )
}

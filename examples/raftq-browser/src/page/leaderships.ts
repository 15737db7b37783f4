// Which node led when, as the tabs report it. Each tab checks its own role again and again, and tells the
// others.

/** Milliseconds since 1970, by a clock that never jumps while the page lives. */
export const now = (): number => performance.timeOrigin + performance.now()

/** The time from the first to the last moment at which a node was seen to lead, in one term. */
export interface Leadership {
  readonly id: string
  readonly term: number
  readonly from: number
  readonly until: number
}

const kept = 200

export class Leaderships {
  readonly #leaderships: Map<string, Leadership> = new Map()

  /** In the order in which they began. */
  get all(): readonly Leadership[] {
    return [...this.#leaderships.values()].sort((a, b) => a.from - b.from)
  }

  /** The node leads at this moment. */
  seen(id: string, term: number, at: number): Leadership {
    const known = this.#leaderships.get(`${id} ${term}`)
    return this.hear({ id, term, from: known?.from ?? at, until: at })
  }

  /** Another tab reports it. */
  hear(leadership: Leadership): Leadership {
    this.#leaderships.set(`${leadership.id} ${leadership.term}`, leadership)
    for (const key of [...this.#leaderships.keys()].slice(0, -kept)) this.#leaderships.delete(key)
    return leadership
  }
}

/** Pairs of leaderships of different nodes at the same time. */
export function overlaps(leaderships: readonly Leadership[]): readonly (readonly [Leadership, Leadership])[] {
  return leaderships.flatMap((one, i) =>
    leaderships
      .slice(i + 1)
      .filter((other) => other.id !== one.id && other.from <= one.until && one.from <= other.until)
      .map((other) => [one, other] as const),
  )
}

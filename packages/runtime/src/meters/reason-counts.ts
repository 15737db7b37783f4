/** Counts events by a reason, whose names become known as they happen. */
export class ReasonCounts {
  readonly #counts = new Map<string, number>()

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}

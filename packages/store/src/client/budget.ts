// Admits work while its weight, all together, stays within a budget. The rest waits, in order.

interface Waiting {
  readonly weight: number
  readonly admitted: () => void
}

export class Budget {
  readonly #most: number
  #used = 0
  #waiting: Waiting[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** What is heavier than the whole budget counts as much as that. Returns the weight to give back. */
  async take(weight: number): Promise<number> {
    const counted = Math.min(weight, this.#most)
    if (this.#waiting.length === 0 && this.#used + counted <= this.#most) this.#used += counted
    else
      await new Promise<void>((resolve) => {
        this.#waiting.push({ weight: counted, admitted: resolve })
      })
    return counted
  }

  giveBack(weight: number): void {
    this.#used -= weight
    for (;;) {
      const [next] = this.#waiting
      if (next === undefined || this.#used + next.weight > this.#most) return
      this.#waiting.shift()
      this.#used += next.weight
      next.admitted()
    }
  }
}

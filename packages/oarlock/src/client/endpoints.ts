// Where members may be: those that the options name, and those that members have told.
import { type Address, formatAddress, parseAddress } from '../transport/index.ts'

export class Endpoints {
  #all: readonly string[]
  #at: number
  readonly #given: readonly string[]
  readonly #problems: Map<string, string> = new Map()

  /** `random`: clients should not all begin with the same member. */
  constructor(given: readonly string[], random: () => number) {
    this.#given = [...new Set(given)]
    this.#all = this.#given
    this.#at = Math.floor(random() * this.#all.length)
  }

  get current(): Address {
    return parseAddress(this.#all[this.#at % this.#all.length]!)
  }

  /** All that are known, for messages, each with what was wrong when it was tried last. */
  get problems(): string {
    return this.#all
      .map((endpoint) => `${endpoint}: ${this.#problems.get(endpoint) ?? 'not tried yet'}`)
      .join('; ')
  }

  /** Whether each was tried since the last success. */
  get allFailed(): boolean {
    return this.#all.every((endpoint) => this.#problems.has(endpoint))
  }

  /** The next attempt goes to the next one. */
  failed(why: string): void {
    this.#problems.set(formatAddress(this.current), why)
    this.#at = (this.#at + 1) % this.#all.length
  }

  /** The current one serves, and has told where the others are. */
  served(told: readonly string[]): void {
    const current = this.#all[this.#at % this.#all.length]!
    this.#problems.clear()
    const others = [...this.#given, ...told].filter((endpoint) => endpoint !== current)
    this.#all = [current, ...new Set(others)]
    this.#at = 0
  }
}

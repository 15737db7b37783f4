// How long the machine let this process wait. It has little to do, so other processes had to wait as long.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export class Stalls {
  readonly #delays = monitorEventLoopDelay({ resolution: 10 })
  #longest = 0

  constructor() {
    this.#delays.enable()
  }

  /** The longest stall since the last read, in ms. */
  get latest(): number {
    const longest = this.#delays.max / 1e6
    this.#delays.reset()
    this.#longest = Math.max(this.#longest, longest)
    return longest
  }

  /** The longest stall since the last call, in ms. */
  takeLongest(): number {
    const longest = Math.max(this.latest, this.#longest)
    this.#longest = 0
    return longest
  }
}

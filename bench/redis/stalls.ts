// How long the machine has let this process wait, which has next to nothing to do: for so long others had to wait as well.
import { monitorEventLoopDelay } from 'node:perf_hooks'

export class Stalls {
  readonly #delays = monitorEventLoopDelay({ resolution: 10 })
  #longest = 0

  constructor() {
    this.#delays.enable()
  }

  /** In ms: the longest since this was read last. */
  get latest(): number {
    const longest = this.#delays.max / 1e6
    this.#delays.reset()
    this.#longest = Math.max(this.#longest, longest)
    return longest
  }

  /** In ms: the longest of all since this was called last. */
  takeLongest(): number {
    const longest = Math.max(this.latest, this.#longest)
    this.#longest = 0
    return longest
  }
}

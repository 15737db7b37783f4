// The configuration that the log of a cluster begins with. A process that joins learns it after its core was
// made, and before its core takes the first event: so the core reads it through this.
import { type Configuration, staticVoters } from '@oarlock/core'

export class FoundersConfiguration {
  #now: Configuration

  constructor(founders: readonly string[]) {
    this.#now = staticVoters(founders)
  }

  /** Always the founders that are known by now. Frozen, so that the core keeps it as it is. */
  readonly view: Configuration = Object.freeze(
    Object.defineProperties(
      {} as Configuration,
      Object.fromEntries(
        (['voters', 'outgoing', 'learners', 'learnersNext', 'autoLeave'] as const).map((key) => [
          key,
          { enumerable: true, get: () => this.#now[key] },
        ]),
      ),
    ),
  )

  /** Only before the core has taken an event. */
  learn(founders: readonly string[]): void {
    this.#now = staticVoters(founders)
  }
}

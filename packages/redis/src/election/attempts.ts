// Requests to Redis fail while it is away, slow or busy. A failure is logged once; the next tick tries again.
import type { Logger } from '@oarlock/runtime'

export class Attempts {
  readonly #id: string
  readonly #logger: Logger
  #lastFailure = ''

  constructor(id: string, logger: Logger) {
    this.#id = id
    this.#logger = logger
  }

  /** Never throws. */
  async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action()
      this.#lastFailure = ''
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message === this.#lastFailure) return
      this.#lastFailure = message
      this.#logger.debug({ id: this.#id, err: error }, 'a request to Redis failed')
    }
  }
}

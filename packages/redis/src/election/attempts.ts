// What is asked of Redis may fail, for it may be away, slow or busy: it is said once, and tried again at the
// next beat.
import type { Logger } from 'oarlock'
import { ForgedRecordError } from '../cluster/index.ts'

export class Attempts {
  readonly #id: string
  readonly #logger: Logger
  #said = ''

  constructor(id: string, logger: Logger) {
    this.#id = id
    this.#logger = logger
  }

  /** Never throws. */
  async attempt(what: () => Promise<void>): Promise<void> {
    try {
      await what()
      this.#said = ''
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message === this.#said) return
      this.#said = message
      if (error instanceof ForgedRecordError) this.#logger.error({ id: this.#id, err: error }, message)
      else this.#logger.debug({ id: this.#id, err: error }, 'Redis did not do what was asked')
    }
  }
}

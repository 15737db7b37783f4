// Writes documents through the persist agent, one at a time. Requests during a write wait for the next
// document. A request is done when a document that was made after it is durable: the durability law of the
// core's effect.ts.
//
// A write that fails is tried again until it succeeds. That is safe because a document replaces the one
// before as a whole, and because nothing that depends on the write leaves before it succeeds.
import type { Platform } from './platform.ts'

export interface DocumentStoreInit {
  /** Makes the present state durable. */
  readonly save: () => Promise<void>
  readonly platform: Platform
  readonly retryAfter: number
  readonly failed: (cause: unknown) => void
}

export class DocumentStore {
  readonly #init: DocumentStoreInit
  #waiting: (() => void)[] = []
  #writing = false
  #stopped = false
  #cancelRetry: (() => void) | null = null
  readonly #flushing: (() => void)[] = []

  constructor(init: DocumentStoreInit) {
    this.#init = init
  }

  /** Calls `done` when everything up to now is durable. */
  request(done: () => void): void {
    if (this.#stopped) return
    this.#waiting.push(done)
    this.#writeNext()
  }

  /** Resolves when everything up to now is durable, or when the store is stopped. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve()
      this.#flushing.push(resolve)
      this.request(resolve)
    })
  }

  #writeNext(): void {
    if (this.#writing || this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#writing = true
    this.#write(batch)
  }

  #write(batch: readonly (() => void)[]): void {
    const { save, failed, platform, retryAfter } = this.#init
    save().then(
      () => {
        this.#writing = false
        if (this.#stopped) return
        for (const done of batch) done()
        this.#writeNext()
      },
      (cause: unknown) => {
        failed(cause)
        if (!this.#stopped) this.#cancelRetry = platform.setTimer(() => this.#write(batch), retryAfter)
      },
    )
  }

  /** Calls no waiting request any more, and begins no further write. */
  stop(): void {
    this.#stopped = true
    this.#waiting = []
    this.#cancelRetry?.()
    for (const resolve of this.#flushing.splice(0)) resolve()
  }
}

// Writing through the persist agent: one document at a time, and everything that gathers meanwhile goes into
// the next one. What waits for a write is called when a document that was made after its asking is durable:
// the durability law of the core's effect.ts.
//
// A write that fails is tried again for as long as it takes. It replaces the whole document, so that another
// try can do no harm; and nothing that depends on it leaves before.
import type { Platform } from './platform.ts'

export interface DocumentStoreInit {
  /** Makes everything durable, as it is now. */
  readonly save: () => Promise<void>
  readonly platform: Platform
  readonly retryAfter: number
  readonly failed: (cause: unknown) => void
}

interface Waiting {
  readonly needsWrite: boolean
  readonly done: () => void
}

export class DocumentStore {
  readonly #init: DocumentStoreInit
  #waiting: Waiting[] = []
  #writing = false
  #stopped = false
  #cancelRetry: (() => void) | null = null
  readonly #flushing: (() => void)[] = []

  constructor(init: DocumentStoreInit) {
    this.#init = init
  }

  /** Calls `done` when everything up to now is durable; what needs no write keeps its place in the order. */
  request(needsWrite: boolean, done: () => void): void {
    if (this.#stopped) return
    this.#waiting.push({ needsWrite, done })
    this.#next()
  }

  /** Everything up to now is durable. It resolves, too, where that will not be any more. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve()
      this.#flushing.push(resolve)
      this.request(true, resolve)
    })
  }

  #next(): void {
    if (this.#writing) return
    while (this.#waiting.length > 0 && !this.#waiting.some(({ needsWrite }) => needsWrite))
      this.#waiting.shift()!.done()
    if (this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#writing = true
    this.#write(batch)
  }

  #write(batch: readonly Waiting[]): void {
    const { save, failed, platform, retryAfter } = this.#init
    const attempt = async (): Promise<void> => save()
    attempt().then(
      () => {
        this.#writing = false
        if (this.#stopped) return
        for (const { done } of batch) done()
        this.#next()
      },
      (cause: unknown) => {
        failed(cause)
        if (!this.#stopped) this.#cancelRetry = platform.setTimer(() => this.#write(batch), retryAfter)
      },
    )
  }

  /** Nothing that waits is called any more, and nothing is written but what is under way. */
  stop(): void {
    this.#stopped = true
    this.#waiting = []
    this.#cancelRetry?.()
    for (const resolve of this.#flushing.splice(0)) resolve()
  }
}

// The latest version of a value that changes, for any number of observers. A slow observer skips versions.
import { interruptible } from './interruptible.ts'

export class Latest<T> {
  #value: T
  #version = 0
  #ended = false
  readonly #listeners: Set<() => void> = new Set()
  readonly #same: (a: T, b: T) => boolean

  constructor(initial: T, same: (a: T, b: T) => boolean) {
    this.#value = initial
    this.#same = same
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    if (this.#ended || this.#same(value, this.#value)) return
    this.#value = value
    this.#version++
    this.#tell()
  }

  /** Ends every iteration. */
  end(): void {
    this.#ended = true
    this.#tell()
  }

  /** The listener is called at each change and at the end. Call the returned function to remove it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** The value now, then the latest after each change. Ends with `end`, or when the signal aborts. */
  observe(signal: AbortSignal | undefined): AsyncGenerator<T, void, undefined> {
    return interruptible((returned) => this.#iterate(signal === undefined ? [returned] : [returned, signal]))
  }

  async *#iterate(signals: readonly AbortSignal[]): AsyncGenerator<T, void, undefined> {
    let wake: (() => void) | null = null
    const onEvent = () => wake?.()
    const unlisten = this.listen(onEvent)
    for (const signal of signals) signal.addEventListener('abort', onEvent)
    try {
      let seen = -1
      while (!this.#ended && !signals.some(({ aborted }) => aborted)) {
        if (seen === this.#version) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          wake = null
        } else {
          seen = this.#version
          yield this.#value
        }
      }
    } finally {
      unlisten()
      for (const signal of signals) signal.removeEventListener('abort', onEvent)
    }
  }
}

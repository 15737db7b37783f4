// Appends events to the event source at a steady rate.
import { appendFile } from 'node:fs/promises'
import type { Progress } from './progress.ts'

export class EventWriter {
  readonly #path: string
  readonly #progress: Progress
  #writing: NodeJS.Timeout | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(path: string, progress: Progress) {
    this.#path = path
    this.#progress = progress
  }

  /** `rate` events a second. */
  start(rate: number): void {
    this.#writing = setInterval(() => {
      const order = ++this.#progress.written
      const line = `${JSON.stringify({ order, total: (order * 37) % 1000 })}\n`
      this.#last = this.#last.then(() => appendFile(this.#path, line))
    }, 1000 / rate)
  }

  /** Resolves when all events are written. */
  end(): Promise<void> {
    clearInterval(this.#writing)
    return this.#last
  }
}

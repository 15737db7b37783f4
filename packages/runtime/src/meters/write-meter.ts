// Measures the writes of the log: how long each takes until it is durable, and how many entries share it.
import type { Millis, Persist } from '@oarlock/core'
import type { Clock, LogWriter } from '../ports/index.ts'
import { batchBounds, durationBounds, Histogram } from './histogram.ts'

export class WriteMeter implements LogWriter {
  readonly duration: Histogram = new Histogram(durationBounds)
  /** Of the writes that have entries. */
  readonly entries: Histogram = new Histogram(batchBounds)
  readonly #log: LogWriter
  readonly #clock: Clock
  #begun: Millis | null = null

  constructor(log: LogWriter, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** When the write under way began; null: there is none. */
  get begun(): Millis | null {
    return this.#begun
  }

  write(batch: readonly Persist[], done: (failure: Error | null) => void): void {
    let entries = 0
    for (const part of batch) entries += part.entries.length
    if (entries > 0) this.entries.record(entries)
    const begun = this.#clock.now()
    this.#begun = begun
    this.#log.write(batch, (failure) => {
      this.#begun = null
      if (failure === null) this.duration.record(this.#clock.now() - begun)
      done(failure)
    })
  }
}

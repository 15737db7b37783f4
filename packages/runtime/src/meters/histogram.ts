// Counts values in fixed buckets. Recording a value allocates nothing, so it may stand on the hot path.
import type { HistogramSnapshot } from '../ports/index.ts'

/** In ms: of an fsync, a round trip, a request. Each is about twice the one before. */
export const durationBounds: readonly number[] = [
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
]
/** How many entries share a write. */
export const batchBounds: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096]

export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #count = 0
  #sum = 0

  /** `bounds`: ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  record(value: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#count++
    this.#sum += value
  }

  snapshot(): HistogramSnapshot {
    return { bounds: this.#bounds, counts: [...this.#counts], count: this.#count, sum: this.#sum }
  }
}

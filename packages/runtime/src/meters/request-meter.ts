// Counts proposals or reads: how many came, how many failed and why, and how long the others took.
import type { Millis } from '@oarlock/core'
import { durationBounds, Histogram } from './histogram.ts'
import { ReasonCounts } from './reason-counts.ts'

export class RequestMeter {
  /** Of the requests that succeeded, in ms. */
  readonly duration: Histogram = new Histogram(durationBounds)
  readonly failures: ReasonCounts = new ReasonCounts()

  succeeded(took: Millis): void {
    this.duration.record(took)
  }

  /** `code`: of the error. */
  failed(code: string): void {
    this.failures.add(code)
  }
}

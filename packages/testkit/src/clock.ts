// A node's monotonic clock: an offset of its own, which a restart changes (a process's clock starts anew), and a rate
// of its own, which the nemesis changes within what the cluster's configuration tolerates.
import type { Millis } from '@oarlock/core'

export class NodeClock {
  /** Local milliseconds a true millisecond. */
  rate: number
  /** A point on the line: at true time `#trueAt` the clock showed `#localAt`. */
  #trueAt = 0
  #localAt: Millis

  constructor(local: Millis, rate: number) {
    this.#localAt = local
    this.rate = rate
  }

  /** What the clock shows at a true time. */
  at(trueTime: number): Millis {
    return this.#localAt + (trueTime - this.#trueAt) * this.rate
  }

  /** The true time at which the clock will show `local`, at this rate. */
  whenShowing(local: Millis): number {
    return this.#trueAt + (local - this.#localAt) / this.rate
  }

  /** From now on another rate; what it shows does not jump. */
  drift(rate: number, trueTime: number): void {
    this.#localAt = this.at(trueTime)
    this.#trueAt = trueTime
    this.rate = rate
  }

  /** The process started anew: its clock shows something else. */
  restart(local: Millis, trueTime: number): void {
    this.#localAt = local
    this.#trueAt = trueTime
  }
}

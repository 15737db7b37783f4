// A node's monotonic clock. It has an offset, which a restart changes as a new process does, and a rate,
// which the nemesis changes within the tolerance of the cluster's configuration. The wall clock beside it is
// set at random times. A correct runtime does not use it, so a step changes only what its rule says.
import type { Millis } from '@oarlock/core'
import type { Random } from '../world/index.ts'

/** Draws a clock's rate. Any two drawn rates are within the spread. */
export function drawRate(random: Random, spread: number): number {
  const most = Math.sqrt(1 + spread)
  // The extremes find most bugs.
  const place = random.chance(0.8) ? random.int(2) : random.next()
  return most ** (2 * place - 1)
}

/** The clock of timeouts and leases after the wall clock was set `by` ahead: it does not change. */
export function clockAfterStep(shown: Millis, _by: number): Millis {
  return shown
}

export class NodeClock {
  /** Local milliseconds in a true millisecond. */
  rate: number
  /** At the true time `#trueAt` the clock showed `#localAt`. */
  #trueAt = 0
  #localAt: Millis

  constructor(local: Millis, rate: number) {
    this.#localAt = local
    this.rate = rate
  }

  /** The local time at a true time. */
  at(trueTime: number): Millis {
    return this.#localAt + (trueTime - this.#trueAt) * this.rate
  }

  /** The true time at which the clock will show `local`, at this rate. */
  whenShowing(local: Millis): number {
    return this.#trueAt + (local - this.#localAt) / this.rate
  }

  /** Changes the rate. The local time does not jump. */
  drift(rate: number, trueTime: number): void {
    this.#localAt = this.at(trueTime)
    this.#trueAt = trueTime
    this.rate = rate
  }

  /** Sets the wall clock ahead or back. Returns whether that changes this clock. */
  stepWall(by: number): boolean {
    const before = this.#localAt
    this.#localAt = clockAfterStep(before, by)
    return this.#localAt !== before
  }

  /** Restarts the clock with its process. */
  restart(local: Millis, trueTime: number): void {
    this.#localAt = local
    this.#trueAt = trueTime
  }
}

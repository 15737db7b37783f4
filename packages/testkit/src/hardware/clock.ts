// A node's monotonic clock: an offset of its own, which a restart changes (a process's clock starts anew), and a rate
// of its own, which the nemesis changes within what the cluster's configuration tolerates. Beside it there is the wall clock,
// which is set now and then; a correct runtime does not look at that, so all that a step changes is what its rule says.
import type { Millis } from '@oarlock/core'
import type { Random } from '../world/index.ts'

/** A clock's rate such that any two of them are within the spread. */
export function drawRate(random: Random, spread: number): number {
  const most = Math.sqrt(1 + spread)
  // The extremes are what breaks things.
  const place = random.chance(0.8) ? random.int(2) : random.next()
  return most ** (2 * place - 1)
}

/** Time-outs and leases go by a clock that nobody sets: what it shows when the wall clock is set `by` ahead. */
export function clockAfterStep(shown: Millis, _by: number): Millis {
  return shown
}

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

  /** The wall clock is set, so many ms ahead (or back). Returns whether that changes anything here. */
  stepWall(by: number): boolean {
    const before = this.#localAt
    this.#localAt = clockAfterStep(before, by)
    return this.#localAt !== before
  }

  /** The process started anew: its clock shows something else. */
  restart(local: Millis, trueTime: number): void {
    this.#localAt = local
    this.#trueAt = trueTime
  }
}

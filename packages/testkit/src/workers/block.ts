// A block of seeds, which one worker runs at a time.
import { play, type Result, type Schedule, wholeOf } from '../runs/index.ts'
import { count, noTotals, type Totals } from './totals.ts'

export interface Block {
  /** Blocks are numbered in the order of their seeds. */
  readonly number: number
  readonly seeds: readonly number[]
  readonly outcomes: boolean
}

/** An error that is no violation: the simulator itself has a bug. */
export interface Breakdown {
  readonly seed: number
  readonly stack: string
}

export interface BlockReport {
  readonly number: number
  readonly totals: Totals
  /** The first run that failed. Later seeds of the block were not run. */
  readonly failure: Result | null
  readonly breakdown: Breakdown | null
}

const VERIFIED_EVERY = 100

/** Processor time of this thread, in ms. Node before 23.9 cannot measure it, so there it is the real time. */
function cpuNow(): number {
  const used = process.threadCpuUsage?.()
  return used === undefined ? performance.now() : (used.user + used.system) / 1000
}

/** Without the cause, which cannot be sent between threads. */
const portable = (result: Result): Result =>
  result.violation === null ? result : { ...result, violation: { ...result.violation, cause: null } }

/** Checks that a second run takes the same steps. */
export function verified(schedule: Schedule, result: Result, again: Result = play(schedule)): Result {
  if (again.fingerprint === result.fingerprint && again.events === result.events) return result
  const message = `${result.events} events with fingerprint ${result.fingerprint}, then ${again.events} with ${again.fingerprint}`
  return { ...result, violation: { checker: 'REPLAY', message, cause: null } }
}

export function runBlock({ number, seeds, outcomes }: Block): BlockReport {
  const totals = noTotals()
  for (const seed of seeds) {
    const schedule = wholeOf(seed, outcomes)
    try {
      const began = cpuNow()
      let result = play(schedule)
      count(totals, result, cpuNow() - began)
      if (result.violation === null && seed % VERIFIED_EVERY === 0) {
        result = verified(schedule, result)
        if (result.violation === null) totals.verified++
      }
      if (result.violation !== null) return { number, totals, failure: portable(result), breakdown: null }
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { number, totals, failure: null, breakdown: { seed, stack } }
    }
  }
  return { number, totals, failure: null, breakdown: null }
}

// Makes a failing run short by leaving out everything that it fails without (delta debugging, Zeller and
// Hildebrandt 2002). A run is a pure function of its schedule, so the short run can be replayed and drawn
// like any other.
import { calms, play, type Result, type Schedule } from '../runs/index.ts'
import { type Action, actions, type Checker } from '../world/index.ts'

export interface Limits {
  /** The largest number of runs. */
  readonly runs: number
  /** Real time, in ms. */
  readonly time: number
}

export interface Shrunk {
  readonly schedule: Schedule
  /** The run of that schedule. */
  readonly result: Result
  /** The run before it was made short. */
  readonly before: Result
  /** How many runs were made. */
  readonly runs: number
  /** False: a limit was reached first. */
  readonly finished: boolean
}

export const usualLimits: Limits = { runs: 2000, time: 30_000 }

/** A longer run is no gain, but a simplification may cost a few events. */
const isNotLonger = (result: Result, than: Result): boolean =>
  result.events <= Math.max(50, than.events * 1.1)

/** Pieces of this size are tried for all kinds before smaller ones. */
const LARGE = 16

class Shrinker {
  schedule: Schedule
  result: Result
  runs = 0
  readonly #checker: Checker
  readonly #limits: Limits
  readonly #run: (schedule: Schedule) => Result
  readonly #began = performance.now()

  constructor(
    schedule: Schedule,
    before: Result,
    checker: Checker,
    limits: Limits,
    run: (schedule: Schedule) => Result,
  ) {
    this.schedule = schedule
    this.result = before
    this.#checker = checker
    this.#limits = limits
    this.#run = run
  }

  get exhausted(): boolean {
    return this.runs >= this.#limits.runs || performance.now() - this.#began >= this.#limits.time
  }

  /** Accepts a shorter schedule if the same checker still objects. */
  try(changes: Partial<Schedule>, regardless = false): boolean {
    if (this.exhausted && !regardless) return false
    const schedule = { ...this.schedule, ...changes }
    this.runs++
    const result = this.#run(schedule)
    if (result.violation?.checker !== this.#checker || !isNotLonger(result, this.result)) return false
    this.schedule = schedule
    this.result = result
    return true
  }

  /** Tries all simplifications. Returns whether one was accepted. */
  calm(): boolean {
    let changed = false
    for (const { name, apply } of calms) {
      const { calm } = this.schedule
      const { scenario } = this.result
      if (calm.includes(name) || JSON.stringify(apply(scenario)) === JSON.stringify(scenario)) continue
      if (this.try({ calm: [...calm, name] })) changed = true
    }
    return changed
  }

  /** Ends the faults at the violation, or, if the violation comes after the faults, as early as possible. */
  stopEarlier(): boolean {
    const until = this.result.scenario.faultsUntil
    const soon = Math.ceil(this.result.simulated) + 1
    if (soon < until) return this.try({ until: soon })
    let changed = false
    let low = 0
    for (let high = Math.ceil(until); high - low > Math.max(1, high / 50); ) {
      const middle = Math.floor((low + high) / 2)
      if (this.try({ until: middle })) {
        high = middle
        changed = true
      } else low = middle
      if (this.exhausted) break
    }
    return changed
  }

  /** Leaves out all actions of a kind, then halves, quarters and so on, down to pieces of `least`. */
  leaveOut(action: Action, least: number): boolean {
    let changed = false
    let kept = this.#happening(action)
    const without = (numbers: readonly number[]): boolean =>
      this.try({ kept: { ...this.schedule.kept, [action]: new Set(numbers) } })
    if (kept.length === 0) return false
    if (without([])) return true
    for (let size = Math.ceil(kept.length / 2); size >= least; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      // From the end, because later actions depend on earlier ones.
      for (let end = kept.length; end > 0 && !this.exhausted; end -= size) {
        const rest = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)]
        if (!without(rest)) continue
        changed = true
        kept = rest
      }
    }
    return changed
  }

  /** The numbers of the actions that still happen. */
  #happening(action: Action): readonly number[] {
    const numbers = Array.from({ length: this.result.actions[action] }, (_, at) => at + 1)
    const kept = this.schedule.kept[action]
    return kept === undefined ? numbers : numbers.filter((number) => kept.has(number))
  }

  /** Removes numbers of actions that do not happen, and simplifications that change nothing. */
  tidy(): void {
    for (const name of this.schedule.calm) {
      const schedule = { ...this.schedule, calm: this.schedule.calm.filter((other) => other !== name) }
      const result = this.#run(schedule)
      if (result.fingerprint === this.result.fingerprint && result.events === this.result.events)
        this.schedule = schedule
    }
    const kept = Object.fromEntries(actions.map((action) => [action, new Set(this.#happening(action))]))
    this.try({ kept }, true)
  }
}

/**
 * Makes a failing schedule short. `run` must be a pure function of the schedule: `play`, or `(shorter) =>
 * play(shorter, mine)` for a state machine of your own. Throws a RangeError if the run does not fail.
 */
export function shrink(
  schedule: Schedule,
  limits: Limits = usualLimits,
  run: (schedule: Schedule) => Result = (some) => play(some),
): Shrunk {
  const before = run(schedule)
  if (before.violation === null) throw new RangeError(`seed ${schedule.seed} does not fail`)
  const shrinker = new Shrinker(schedule, before, before.violation.checker, limits, run)
  for (let changed = true; changed && !shrinker.exhausted; ) {
    changed = shrinker.stopEarlier()
    if (shrinker.calm()) changed = true
    // Large pieces of all kinds first, since shorter runs are faster.
    for (const least of [LARGE, 1])
      for (const action of actions) if (shrinker.leaveOut(action, least)) changed = true
  }
  const finished = !shrinker.exhausted
  shrinker.tidy()
  const { result, runs } = shrinker
  return { schedule: shrinker.schedule, result, before, runs, finished }
}

// How many seeds does it take to catch a mutant?
import type { Mutant } from './mutants/index.ts'
import { type Result, simulate } from './run.ts'

export interface Hunt {
  readonly mutant: Mutant
  /** The run that caught it; null: it got away. */
  readonly caught: Result | null
  readonly seeds: number
  /** Over all those seeds. */
  readonly events: number
}

/**
 * Runs seed after seed until one shows the mutant's bug. Only the outcome checkers watch: what gives a bug away before it
 * has done harm would make every schedule look good enough.
 */
export function hunt(mutant: Mutant, from: number, atMost: number): Hunt {
  let events = 0
  for (let tried = 1; tried <= atMost; tried++) {
    const result = simulate({ seed: from + tried - 1, rules: mutant.rules, early: false })
    events += result.events
    if (result.violation !== null) return { mutant, caught: result, seeds: tried, events }
  }
  return { mutant, caught: null, seeds: atMost, events }
}

// What does it take to catch a mutant?
import type { Mutant } from '../mutants/index.ts'
import { type Result, simulate } from '../runs/index.ts'
import { performWith, readScenario } from '../scenarios/index.ts'
import type { Checker } from '../world/index.ts'

export interface Hunt {
  readonly mutant: Mutant
  /** Who caught it; null: it got away. */
  readonly checker: Checker | null
  /** The scenario file in which it was caught, or null. */
  readonly scenario: string | null
  /** The run in which it was caught, or null. */
  readonly caught: Result | null
  /** How many were run. */
  readonly seeds: number
  /** Of the scenario, or over all those seeds. */
  readonly events: number
}

/**
 * Plays the mutant's scenario if it has one, until harm is done, or else runs seed after seed, until something shows its bug. The early
 * checkers (invariants/index.ts) do not watch: they would make every schedule look good enough.
 */
export function hunt(mutant: Mutant, from: number, atMost: number): Hunt {
  const played = mutant.scenario === null ? null : huntInScenario(mutant, mutant.scenario)
  return played ?? huntByChance(mutant, from, atMost)
}

/** Null: it got away. */
function huntInScenario(mutant: Mutant, scenario: string): Hunt | null {
  const { objection, events } = performWith(readScenario(scenario), mutant)
  if (objection === null) return null
  return { mutant, checker: objection.checker, scenario, caught: null, seeds: 0, events }
}

function huntByChance(mutant: Mutant, from: number, atMost: number): Hunt {
  const { rules, runtime } = mutant
  let events = 0
  for (let tried = 1; tried <= atMost; tried++) {
    const seed = from + tried - 1
    const result = simulate({ seed, rules, ...(runtime === undefined ? {} : { runtime }), early: false })
    events += result.events
    if (result.violation === null) continue
    const { checker } = result.violation
    return { mutant, checker, scenario: null, caught: result, seeds: tried, events }
  }
  return { mutant, checker: null, scenario: null, caught: null, seeds: atMost, events }
}

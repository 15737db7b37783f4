// Hunts in simulated clusters, for the bugs of the core and of the simulated runtime around it.
import { simulate } from '../../packages/testkit/src/runs/index.ts'
import { performUntilObjection, readScenario } from '../../packages/testkit/src/scenarios/index.ts'
import type { Found } from './hunt.ts'

/**
 * Plays the scenario until harm is done, or else runs seed after seed. The early checkers
 * (invariants/index.ts) do not watch: they would make every schedule look good enough.
 */
export function hunt(scenario: string | null, from: number, atMost: number): Found {
  return (scenario === null ? null : huntInScenario(scenario)) ?? huntByChance(from, atMost)
}

/** Null: it got away. */
function huntInScenario(scenario: string): Found | null {
  const { objection, events } = performUntilObjection(readScenario(scenario))
  if (objection === null) return null
  const { checker, message } = objection
  return { checker, message, scenario, seeds: 0, events }
}

function huntByChance(from: number, atMost: number): Found {
  let events = 0
  for (let seeds = 1; seeds <= atMost; seeds++) {
    const result = simulate({ seed: from + seeds - 1, early: false })
    events += result.events
    if (result.violation === null) continue
    const { checker, message } = result.violation
    return { checker, message, scenario: null, seeds, events }
  }
  return { checker: null, message: null, scenario: null, seeds: atMost, events }
}

// Hunts in simulated clusters, for the bugs of the core and of the simulated runtime around it.
import { simulate } from '../../packages/testkit/src/runs/index.ts'
import { performUntilObjection, readScenario } from '../../packages/testkit/src/scenarios/index.ts'
import { type Found, type Ground, huntByChance } from './hunt.ts'

/**
 * Plays the scenario until harm is done, or else runs seed after seed. The early checkers
 * (invariants/index.ts) do not watch: they would make every schedule look good enough.
 */
export async function hunt(ground: Ground): Promise<Found> {
  const played = ground.scenario === null ? null : huntInScenario(ground.scenario)
  return played ?? huntByChance(ground, (seed) => simulate({ seed, early: false }))
}

/** Null: it got away. */
function huntInScenario(scenario: string): Found | null {
  const { objection, events } = performUntilObjection(readScenario(scenario))
  if (objection === null) return null
  const { checker, message } = objection
  return { checker, message, scenario, seeds: 0, seed: null, events }
}

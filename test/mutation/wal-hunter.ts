// Hunts in simulated lives of the log store, for its bugs.
import { simulateLogStore } from '../../packages/oarlock/test/wal/simulation/simulation.ts'
import type { Found } from './hunt.ts'

/** Runs seed after seed. There are no scenarios of the log store. */
export async function hunt(_scenario: string | null, from: number, atMost: number): Promise<Found> {
  let events = 0
  for (let seeds = 1; seeds <= atMost; seeds++) {
    const { violation, operations } = await simulateLogStore(from + seeds - 1)
    events += operations
    if (violation === null) continue
    const { checker, message } = violation
    return { checker, message, scenario: null, seeds, events }
  }
  return { checker: null, message: null, scenario: null, seeds: atMost, events }
}

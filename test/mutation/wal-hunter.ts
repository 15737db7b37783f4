// Hunts in simulated lives of the log store, for its bugs.
import { simulateLogStore } from '../../packages/oarlock/test/wal/simulation/simulation.ts'
import { type Found, type Ground, huntByChance } from './hunt.ts'

/** Runs seed after seed. There are no scenarios of the log store. */
export function hunt(ground: Ground): Promise<Found> {
  return huntByChance(ground, async (seed) => {
    const { violation, operations } = await simulateLogStore(seed)
    return { violation, events: operations }
  })
}

import { expect, it } from 'vitest'
import { mutated } from '../../../../../test/mutation/mutated.ts'
import { outcome } from './report.ts'
import { simulateLogStore } from './simulation.ts'

type Simulation = typeof import('./simulation.ts')
const withMutant = (name: string) =>
  mutated<Simulation>('packages/oarlock/test/wal/simulation/simulation.ts', name)

it.each([300_000, 300_100, 300_200, 300_300])(
  'finds nothing wrong with the log store, from seed %i on',
  async (first) => {
    for (let seed = first; seed < first + 100; seed++) {
      const run = await simulateLogStore(seed)
      if (run.violation !== null) throw new Error(outcome(run))
    }
  },
)

it.each(['wal-behind', 'wal-cache'])('is a pure function of its seed, also with %s', async (name) => {
  const simulation = await withMutant(name)
  let violations = 0
  for (let seed = 1; seed <= 40; seed++) {
    expect(await simulateLogStore(seed)).toEqual(await simulateLogStore(seed))
    const run = await simulation.simulateLogStore(seed)
    expect(await simulation.simulateLogStore(seed)).toEqual(run)
    if (run.violation !== null) violations++
  }
  if (name === 'wal-behind') expect(violations).toBeGreaterThan(0)
})

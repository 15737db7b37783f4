// `replay with=L1` in a scenario file: the same commands again, with that mutant planted.
import type { ScenarioFile } from '../../packages/testkit/src/scenarios/format.ts'
import { type ReplayWith, replaysIn } from '../../packages/testkit/src/scenarios/performance.ts'
import { findMutant, mutantNamed } from './mutants.ts'
import { mutated } from './mutated.ts'

type Performance = typeof import('../../packages/testkit/src/scenarios/performance.ts')

/** The replays of a file. A name that is no mutant's is refused when it is played. */
export async function replaysOf(file: ScenarioFile): Promise<ReplayWith> {
  const replays = new Map<string, Performance['replay']>()
  for (const name of replaysIn(file)) {
    if (findMutant(name) === undefined) continue
    const { replay } = await mutated<Performance>('packages/testkit/src/scenarios/performance.ts', name)
    replays.set(name, replay)
  }
  return (name) => replays.get(name) ?? refuse(name)
}

function refuse(name: string): never {
  throw new RangeError(`${mutantNamed(name).name} is not loaded`)
}

// All mutants.
import { elections } from './core/elections.ts'
import { leases } from './core/leases.ts'
import { membership } from './core/membership.ts'
import { reads } from './core/reads.ts'
import { replication } from './core/replication.ts'
import { snapshots } from './core/snapshots.ts'
import { transfers } from './core/transfers.ts'
import { identities } from './identities.ts'
import { members } from './members.ts'
import type { Mutant } from './mutant.ts'
import { runtime } from './runtime.ts'
import { simulated } from './simulated.ts'
import { store } from './store.ts'
import { walMutants } from './wal.ts'

export { walMutants }

/** The bugs of the core, of the runtime and of the simulator around them, which clusters show (cluster-hunter.ts). */
export const mutants: readonly Mutant[] = [
  ...elections,
  ...replication,
  ...reads,
  ...leases,
  ...membership,
  ...snapshots,
  ...transfers,
  ...runtime,
  ...identities,
  ...members,
  ...store,
  ...simulated,
]

export const allMutants: readonly Mutant[] = [...mutants, ...walMutants]

/** The mutant of this name, in any case. */
export function findMutant(wanted: string, among: readonly Mutant[] = mutants): Mutant | undefined {
  return among.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
}

/** The mutant of this name, in any case. Throws a RangeError that lists the names. */
export function mutantNamed(name: string, among: readonly Mutant[] = mutants): Mutant {
  const found = findMutant(name, among)
  if (found === undefined)
    throw new RangeError(`no mutant ${name}; there are ${among.map(({ name }) => name).join(', ')}`)
  return found
}

// Every mutant there is, by name.
import { elections } from './core/elections.ts'
import { leases } from './core/leases.ts'
import { membership } from './core/membership.ts'
import { reads } from './core/reads.ts'
import { replication } from './core/replication.ts'
import { snapshots } from './core/snapshots.ts'
import { transfers } from './core/transfers.ts'
import type { Mutant } from './mutant.ts'
import { simulated } from './simulated.ts'

/** The bugs of the core, and of what is simulated around it: clusters show them (cluster-hunter.ts). */
export const mutants: readonly Mutant[] = [
  ...elections,
  ...replication,
  ...reads,
  ...leases,
  ...membership,
  ...snapshots,
  ...transfers,
  ...simulated,
]

/** The mutant of this name, in any case. */
export function findMutant(wanted: string): Mutant | undefined {
  return mutants.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
}

/** The same. Throws a RangeError that lists the names there are. */
export function mutantNamed(name: string): Mutant {
  const found = findMutant(name)
  if (found === undefined)
    throw new RangeError(`no mutant ${name}; there are ${mutants.map(({ name }) => name).join(', ')}`)
  return found
}

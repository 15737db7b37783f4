// Known bugs of real Raft implementations, each one rule of the core replaced by a broken one. The simulator is only as good
// as the mutants it catches; the unchanged core survives the same seeds.
import { elections } from './elections.ts'
import { leases } from './leases.ts'
import { membership, snapshots, transfers } from './membership.ts'
import type { Mutant } from './mutant.ts'
import { reads } from './reads.ts'
import { replication } from './replication.ts'
import { runtime } from './runtime.ts'

export type { Mutant } from './mutant.ts'

export const mutants: readonly Mutant[] = [
  ...elections,
  ...replication,
  ...reads,
  ...leases,
  ...membership,
  ...snapshots,
  ...transfers,
  ...runtime,
]

/** The mutant of this name. Throws a RangeError that lists the names there are. */
export function mutantNamed(name: string): Mutant {
  const found = mutants.find((mutant) => mutant.name.toLowerCase() === name.toLowerCase())
  if (found === undefined)
    throw new RangeError(`no mutant ${name}; there are ${mutants.map((mutant) => mutant.name).join(', ')}`)
  return found
}

// How many seeds does it take to catch a mutant of the log store?
import type { WalMutant } from './mutants.ts'
import { type LogStoreRun, simulateLogStore } from './simulation.ts'

export interface WalHunt {
  readonly mutant: WalMutant
  /** The run that caught it; null: it got away. */
  readonly caught: LogStoreRun | null
  readonly seeds: number
  /** Of the disk, over all those seeds. */
  readonly operations: number
}

/** Runs seed after seed until one shows the mutant's bug. */
export async function huntWal(mutant: WalMutant, from: number, atMost: number): Promise<WalHunt> {
  let operations = 0
  for (let tried = 1; tried <= atMost; tried++) {
    const run = await simulateLogStore(from + tried - 1, mutant.rules)
    operations += run.operations
    if (run.violation !== null) return { mutant, caught: run, seeds: tried, operations }
  }
  return { mutant, caught: null, seeds: atMost, operations }
}

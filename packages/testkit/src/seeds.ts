// Seeds that have found something once, in the core or in a broken version of it. They run with every test.

export interface RegressionSeed {
  readonly name: string
  readonly seed: number
  /** What the run showed when it failed. */
  readonly found: string
}

// What a seed stands for changes with every draw in scenario.ts; the names say what to look for when it does.
export const regressionSeeds: readonly RegressionSeed[] = [
  {
    name: 'a heartbeat answer before the late timer of a lease that has run out',
    seed: 2,
    found: 'FENCE: the lease was extended, and a leadership that had been lost was held again',
  },
  {
    name: 'a node elected by the others while its own vote is being written',
    seed: 41,
    found: 'EQ: it led a term that its own disk did not know',
  },
  {
    name: 'the same, with a crash before the write ends',
    seed: 26_016,
    found: 'ES: it forgot the term, stood in it again, and led it a second time with another log',
  },
  {
    name: 'a write of an earlier leadership confirmed late (leaders A, B, A)',
    seed: 3_769,
    found:
      'SMS, with both guards of the confirmation removed: entries that were not durable were taken to be',
  },
]

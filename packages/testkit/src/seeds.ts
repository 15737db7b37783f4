// Seeds that have found something once. They run for ever.

export interface RegressionSeed {
  readonly name: string
  readonly seed: number
  /** What the run showed when it failed. */
  readonly found: string
}

// What a seed stands for changes with scenario.ts and with every draw; the names say what to look for when it does.
export const regressionSeeds: readonly RegressionSeed[] = [
  {
    name: 'a heartbeat answer before a late timer',
    seed: 322,
    found: 'FENCE: a lease that had run out was extended before the tick that would have ended it',
  },
  {
    name: 'a leader that was paused past its lease',
    seed: 66,
    found: 'FENCE: answers that waited in the inbox brought the lost leadership back',
  },
  {
    name: 'a leader whose own vote was not durable',
    seed: 6130,
    found:
      'ES: elected by the others before its own term was on its disk, it crashed and led the same term again',
  },
]

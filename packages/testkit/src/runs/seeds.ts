// Seeds that have found something once, in the core or in a broken version of it. They run with every test.

export interface RegressionSeed {
  readonly name: string
  readonly seed: number
  /** What the run showed when it failed. */
  readonly found: string
}

// What a seed stands for changes with every draw in the simulator, and draws have changed since these failed: today they are other
// runs than those that the names tell of. They are kept because they cost nothing, and the names say what was once found; what
// holds such a bug down for good is a test or a scenario file of its own.
export const regressionSeeds: readonly RegressionSeed[] = [
  {
    name: 'a heartbeat answer before the late timer of a lease that has run out',
    seed: 12,
    found: 'FENCE: the lease was extended, and a leadership that had been lost was held again',
  },
  {
    name: 'a node elected by the others while its own vote is being written',
    seed: 31,
    found: 'EQ: it led a term that its own disk did not know',
  },
  {
    name: 'two that stand in turns, one of which does not know the other',
    seed: 220_136,
    found: 'HEAL: who had refused a better candidate stood again before that could ask in the next term',
  },
  {
    name: 'without pre-vote, the one candidate with the whole log is behind in term, and nobody tells it',
    seed: 7_013_549,
    found:
      'HEAL: its requests were ignored, while another one, with a stale log, raised the term again and again',
  },
  {
    name: 'a leader whose tick is late is asked for a pre-vote',
    seed: 8_000_515,
    found: 'CALM: the leader itself helped to depose itself, for its quorum check was due',
  },
  {
    name: 'plain Raft: one that knows a later term than the leader does not stand against it',
    seed: 8_024_897,
    found: 'HEAL: it dropped what the leader sent, did not say why, and was without a leader',
  },
  {
    name: 'plain Raft: a learner knows a later term than the leader',
    seed: 12_008_747,
    found: 'HEAL: it dropped what the leader sent, and never stood against it',
  },
  {
    name: 'a candidate that a crash made forget a term, and that stands in the one before it',
    seed: 90_048_232,
    found: 'EQ, wrongly: the checker remembered the votes of the latest term alone',
  },
  {
    name: 'three who all have to agree, of whom two stand at once, again and again',
    seed: 60_004_536,
    found: 'SERVE, wrongly: nobody held leadership within four election timeouts',
  },
  {
    name: 'one entry a round trip',
    seed: 70_007_873,
    found: 'HEAL, wrongly: it was asked for more than it can take',
  },
  {
    name: 'a restarted state machine that is handed one entry at a time',
    seed: 100_054_939,
    found: 'HEAL, wrongly: replays need a turn a batch, which the load did not allow for',
  },
  {
    name: 'a client that asked again after its answer',
    seed: 100_055_670,
    found: 'DUR, wrongly: the run ended with that write on its way',
  },
  {
    name: 'a snapshot that a slow disk takes eight seconds for',
    seed: 110_003_434,
    found: 'HEAL, wrongly: most of them after the faults had stopped',
  },
  {
    name: 'removed members that stand, beside a joint configuration that nobody leaves',
    seed: 120_043_995,
    found: 'HEAL, wrongly: in plain Raft they raise the term for ever, and nobody switched them off',
  },
  {
    name: 'plain Raft: a leader told to hand over to anybody, beside a member that is gone',
    seed: 300_042_149,
    found:
      'SERVE: without quorum checks it was never noticed that the member had fallen silent, and it was chosen again and again',
  },
  {
    name: 'a witness that is cut off just as it hands over',
    seed: 732_411_834_568,
    found: 'QUORUM: the transfer restarted the quorum check, so it led for an election timeout longer',
  },
]

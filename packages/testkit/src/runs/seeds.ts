// Seeds that once failed, in the core or in a broken version of it. They run with every test.

export interface RegressionSeed {
  readonly name: string
  readonly seed: number
  /** The checker that objected, and the reason. */
  readonly found: string
}

// A new draw in the simulator gives every seed another run, and draws have changed since these seeds failed.
// So today they are other runs than their names say. They are kept because they cost nothing and the names
// say what was found. A test or a scenario file keeps such a bug away.
export const regressionSeeds: readonly RegressionSeed[] = [
  {
    name: 'a heartbeat answer before the late timer of a lease that has run out',
    seed: 12,
    found: 'FENCE: the lease was extended, and a lost leadership was held again',
  },
  {
    name: 'a node that is elected by the others while its own vote is being written',
    seed: 31,
    found: 'EQ: it led a term that its own disk did not know',
  },
  {
    name: 'two candidates in turn, one of which does not know the other',
    seed: 220_136,
    found:
      'HEAL: a node that refused a better candidate stood again before that one could ask in the next term',
  },
  {
    name: 'without pre-vote, the only candidate with the whole log is behind in term and is not told',
    seed: 7_013_549,
    found: 'HEAL: its requests were ignored while a candidate with a stale log kept raising the term',
  },
  {
    name: 'a leader whose tick is late is asked for a pre-vote',
    seed: 8_000_515,
    found: 'CALM: the leader helped to depose itself, because its quorum check was due',
  },
  {
    name: 'plain Raft: a follower that knows a later term than the leader does not stand against it',
    seed: 8_024_897,
    found: 'HEAL: it dropped the messages of the leader without an answer and had no leader',
  },
  {
    name: 'plain Raft: a learner knows a later term than the leader',
    seed: 12_008_747,
    found: 'HEAL: it dropped the messages of the leader, and could not stand against it',
  },
  {
    name: 'a candidate that forgot a term in a crash and stands in the one before it',
    seed: 90_048_232,
    found: 'EQ, wrongly: the checker remembered only the votes of the latest term',
  },
  {
    name: 'three voters that must all agree, two of which stand at the same time repeatedly',
    seed: 60_004_536,
    found: 'SERVE, wrongly: no member held leadership within four election timeouts',
  },
  {
    name: 'one entry a round trip',
    seed: 70_007_873,
    found: 'HEAL, wrongly: the clients asked for more than the cluster can do',
  },
  {
    name: 'a restarted state machine that gets one entry at a time',
    seed: 100_054_939,
    found: 'HEAL, wrongly: a replay needs one turn for each batch, which the load did not allow for',
  },
  {
    name: 'a client that asked again after its answer',
    seed: 100_055_670,
    found: 'DUR, wrongly: the run ended while that write was on its way',
  },
  {
    name: 'a snapshot that takes a slow disk eight seconds',
    seed: 110_003_434,
    found: 'HEAL, wrongly: most of that time came after the faults had stopped',
  },
  {
    name: 'removed members that stand, beside a joint configuration that is not left',
    seed: 120_043_995,
    found: 'HEAL, wrongly: in plain Raft they raise the term for ever, and they were not switched off',
  },
  {
    name: 'plain Raft: a leader that is to hand over to any member, beside a member that is gone',
    seed: 300_042_149,
    found:
      'SERVE: without quorum checks the leader did not notice that the member was silent, and chose it repeatedly',
  },
  {
    name: 'a witness that is cut off just as it hands over',
    seed: 732_411_834_568,
    found: 'QUORUM: the transfer restarted the quorum check, so it led for an election timeout longer',
  },
  {
    name: 'two voters that stand at the same time, four times in a row',
    seed: 995_300_461,
    found: 'HEAL, wrongly: the bound did not allow for split votes on slow links',
  },
  {
    name: 'a member restarts while a second process listens at its address',
    seed: 3_000_003_682,
    found:
      'HEAL, wrongly: the simulator kept connections to the process that had ended, so that nobody sent to the new one',
  },
  {
    name: 'the log reaches a snapshot that is being removed, since it was ahead of the log at the start',
    seed: 20_676,
    found: 'MON: the log could be cut at a snapshot that was gone a moment later',
  },
  {
    name: 'a damaged snapshot is being removed, and one of the same place and the same bytes is written',
    seed: 40_129,
    found: 'MON: the new one was removed with the damaged one',
  },
  {
    name: 'the only snapshot is damaged, and the whole log is replayed after the members have changed',
    seed: 700_028,
    found: 'MEMBERS: the replay began with the members of the snapshot',
  },
  {
    name: 'a newcomer applies changes from before its leader was a member',
    seed: 9_100_004_959,
    found: 'HEAL: it closed its connection to the leader, and never caught up',
  },
  {
    name: 'a process renews its leases while its member closes',
    seed: 9_640_014_136,
    found: 'STOP: the replica sent the renewal, although it had stopped',
  },
  {
    name: 'a snapshot is found to be damaged when it is sent, long after that happened',
    seed: 9_640_020_586,
    found: 'MON, wrongly: the checker expected it to be found at the next write',
  },
  {
    name: 'links that carry the writes in two of the longest timeouts, and not the heartbeats for the shortest one',
    seed: 9_640_043_779,
    found: 'LINK, wrongly: heartbeats and the answers to appends took all that the links carried',
  },
]

// How long a healthy cluster may go without a leader because votes are split (paper §5.2). Voters that stand
// within one message's time of each other split the vote, wait anew, and may do so again: randomized timeouts
// make that rare, not impossible.
import type { Configuration, NodeId, RaftConfig } from '@oarlock/core'

/** The chance of a run in which only split votes break the bound. */
const NEGLIGIBLE = 1e-9

/** P(at least `least` successes in `trials`). */
function atLeast(least: number, trials: number, chance: number): number {
  let probability = 0
  let ways = 1
  for (let successes = 0; successes <= trials; successes++) {
    if (successes >= least) probability += ways * chance ** successes * (1 - chance) ** (trials - successes)
    ways = (ways * (trials - successes)) / (successes + 1)
  }
  return probability
}

/**
 * The chance that `alive` voters, `quorum` of which must agree, elect nobody in a round. The first candidate
 * can spare `alive - quorum` votes; it fails if one voter more than that stands before its request arrives.
 * Waits are uniform, so the time between the first and the n-th of k to stand follows Beta(n - 1, k - n + 2),
 * whose distribution function is a binomial tail. `overlap`: the time that a message takes, as a share of the
 * range from which waits are drawn.
 */
export function chanceOfSplitVote(alive: number, quorum: number, overlap: number): number {
  const spoil = alive - quorum + 1
  if (spoil <= 0) return 1
  // A lone voter has nobody to stand beside it.
  return spoil < alive ? atLeast(spoil, alive, Math.min(1, overlap)) : 0
}

/** The same where timeouts differ: `shortest` is a share of the longest one, in which the result is counted. */
export function electedWithinAny(
  config: Pick<RaftConfig, 'electionTimeout' | 'electionSpread'>,
  shortest: number,
  ...rest: [roundTrip: number, Pick<Configuration, 'voters' | 'outgoing'>, (voter: NodeId) => boolean]
): number {
  const electionTimeout = config.electionTimeout * shortest
  const byShortest = electedWithin({ ...config, electionTimeout }, ...rest)
  return Math.max(electedWithin(config, ...rest), Math.ceil(byShortest * shortest))
}

/**
 * How many election timeouts split votes may cost; 0 where there can be none, or no leader at all.
 * `roundTrip`: a message and its answer, in ms.
 */
export function electedWithin(
  { electionTimeout, electionSpread }: Pick<RaftConfig, 'electionTimeout' | 'electionSpread'>,
  roundTrip: number,
  { voters, outgoing }: Pick<Configuration, 'voters' | 'outgoing'>,
  isAlive: (voter: NodeId) => boolean,
): number {
  const overlap = roundTrip / 2 / (electionTimeout * electionSpread)
  const splits = [voters, outgoing]
    .filter((half) => half.length > 0)
    .map((half) => chanceOfSplitVote(half.filter(isAlive).length, Math.floor(half.length / 2) + 1, overlap))
  // Both halves of a joint configuration must agree.
  const split = 1 - splits.reduce((elected, chance) => elected * (1 - chance), 1)
  if (split === 0 || split === 1) return 0
  // Between two split votes: half the spread on average, the pre-vote, and the vote.
  const round = 1 + electionSpread / 2 + (2 * roundTrip) / electionTimeout
  return Math.ceil((Math.log(NEGLIGIBLE) / Math.log(split)) * round)
}

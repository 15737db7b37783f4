// How long a node waits for its leader, or for the candidate that it voted for, before it stands (paper
// §5.2). A leader's quorum checks are counted from the same start.
import type { RaftConfig } from '../config.ts'
import type { Millis } from '../types.ts'

/**
 * At least an election timeout, for as long as promises last. It is random, so that not all nodes stand at
 * once.
 */
export function hurriedElectionTimeout(drawn: Millis, electionTimeout: Millis, chance: number): Millis {
  return Math.min(drawn, electionTimeout * (1 + chance / 4))
}

export class ElectionTimer {
  readonly #config: Pick<RaftConfig, 'electionTimeout' | 'electionSpread'>
  /** Uniform in [0, 1). */
  readonly #random: () => number
  /** When the wait began. */
  start: Millis
  /** The randomized election timeout. */
  length: Millis = 0
  /** The additional wait of a node that knows of a better candidate: see priority.ts. */
  delay: Millis = 0

  constructor(
    config: Pick<RaftConfig, 'electionTimeout' | 'electionSpread'>,
    random: () => number,
    now: Millis,
  ) {
    this.#config = config
    this.#random = random
    this.start = now
  }

  /** When the node stands, if it hears nothing until then. */
  get due(): Millis {
    return this.start + this.length + this.delay
  }

  /**
   * Begins another wait, of another length: whole milliseconds from T on, up to 2T by default
   * (RaftConfig.electionSpread). It is drawn for each election, so that split votes are rare (§5.2).
   */
  restart(now: Millis): void {
    const { electionTimeout, electionSpread } = this.#config
    this.start = now
    this.length = electionTimeout + Math.floor(this.#random() * (electionTimeout * electionSpread))
  }

  /** The connection to the leader broke: shortens the wait as far as promises allow. */
  hurry(): void {
    this.length = hurriedElectionTimeout(this.length, this.#config.electionTimeout, this.#random())
  }
}

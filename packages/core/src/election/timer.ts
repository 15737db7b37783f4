// How long a node waits, for its leader or for the candidate that it voted for, before it stands (paper §5.2). A leader's quorum checks
// are counted from its start, too.
import type { RaftConfig } from '../config.ts'
import type { Millis } from '../types.ts'

/** Never below an election timeout: others' promises, and this node's own, last as long. With some chance in it, so that not all stand at once. */
export function hurriedElectionTimeout(drawn: Millis, electionTimeout: Millis, chance: number): Millis {
  return Math.min(drawn, electionTimeout * (1 + chance / 4))
}

export class ElectionTimer {
  readonly #config: Pick<RaftConfig, 'electionTimeout' | 'electionSpread'>
  /** Uniform in [0, 1). */
  readonly #random: () => number
  /** When the wait began. */
  start: Millis
  /** How long it is: the randomized election timeout. */
  length: Millis = 0
  /** What it waits longer, since there is a better one: see priority.ts. */
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
   * The wait begins anew, and is another one: drawn for each election, so that split votes are rare (§5.2). Whole milliseconds from T on, as
   * wide as RaftConfig.electionSpread says: [T, 2T) by default.
   */
  restart(now: Millis): void {
    const { electionTimeout, electionSpread } = this.#config
    this.start = now
    this.length = electionTimeout + Math.floor(this.#random() * (electionTimeout * electionSpread))
  }

  /** The connection to the leader broke: it becomes about as short as promises allow. */
  hurry(): void {
    this.length = hurriedElectionTimeout(this.length, this.#config.electionTimeout, this.#random())
  }
}

// A world without chance and faults, for scripts: links and disks are all alike, and nothing happens unless
// the script does it.
import type { NodeId, RaftConfig } from '@oarlock/core'
import { drawScenario, type Scenario } from '../runs/index.ts'
import { Random } from '../world/index.ts'

export interface CalmOptions {
  readonly voters: readonly NodeId[]
  readonly others?: readonly NodeId[]
  readonly config?: Partial<Omit<RaftConfig, 'id'>>
  /** The time to apply a command, in ms. */
  readonly applyTime?: number
}

/**
 * Every draw is the least value or the mean, and events with a probability do not happen. So links and disks
 * are all alike.
 */
export class NoChance extends Random {
  override split(): Random {
    return this
  }

  override bits(): number {
    return 0
  }

  override exponential(mean: number): number {
    return mean
  }

  override chance(probability: number): boolean {
    return probability >= 1
  }
}

/** No faults, no clients, no membership changes. */
export function calm(
  random: Random,
  { voters, others = [], config = {}, applyTime = 0 }: CalmOptions,
): Scenario {
  const drawn = drawScenario(random)
  return {
    ...drawn,
    own: {},
    voters,
    others,
    config: {
      ...drawn.config,
      electionOnly: false,
      electionTimeout: 1000,
      heartbeatInterval: 100,
      preVote: false,
      checkQuorum: false,
      lease: false,
      clockRateTolerance: 0,
      maxMessageBytes: 1000,
      maxInflightMessages: 256,
      maxInflightBytes: 0,
      maxUncommittedBytes: 0,
      maxApplyingBytes: 1000,
      applyUnstable: false,
      ...config,
    },
    network: {
      latency: 1,
      jitter: 0,
      dropRate: 0,
      duplicateRate: 0,
      splitRate: 0,
      stragglerRate: 0,
      stragglerDelay: 0,
      ordered: true,
      rate: Number.POSITIVE_INFINITY,
      slowShare: 0,
      losesInFlight: true,
      transferTime: 0,
      transferLossRate: 0,
    },
    disk: { latency: 0.1, stallRate: 0, stallLength: 0, snapshotLatency: 0 },
    node: {
      turnLength: 0,
      applyTime,
      timerLag: 0,
      tickFirst: false,
      proposeTimeout: 10_000,
      compactAfter: 0,
      kept: 1,
      transferRate: Number.POSITIVE_INFINITY,
    },
    handshakes: { shown: false, retryAfter: 100 },
    founding: null,
    timeouts: { shortest: 1, changes: 0 },
    reads: { gap: Number.POSITIVE_INFINITY, toLeader: 0, byLease: 0, weaker: 0 },
    operator: { gap: Number.POSITIVE_INFINITY, several: 0, mostVoters: 7 },
    nemesis: {
      ...drawn.nemesis,
      faults: [],
      faultsAtElections: 0,
      crashesAtWrites: 0,
      crashesAfterVotes: 0,
      crashesAfterAnswers: 0,
      clockSpread: 0,
      downtime: 1e9,
    },
  }
}

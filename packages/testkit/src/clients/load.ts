// The load of a run. It is high, but the cluster can catch up with it after the faults. With small
// windows a round trip carries one entry, a slow link carries few, and a restarted state machine replays one at a
// time.
import type { RaftConfig } from '@oarlock/core'
import { type FaultMix, sometimes } from '../faults/index.ts'
import type { Random } from '../world/index.ts'
import type { SessionProfile } from './sessions.ts'
import type { WorkloadProfile } from './workload.ts'

/**
 * The time between proposals, in election timeouts. Leases need runs with few writes, in which a node that
 * was cut off can still be elected.
 */
const gaps: Readonly<Record<FaultMix, readonly [number, number]>> = {
  mixed: [0.02, 1],
  restless: [0.02, 0.2],
  leased: [0.1, 20],
  divided: [0.02, 0.5],
}

/** The number of election timeouts that a returning member may need to catch up. */
const CATCH_UP_TIMEOUTS = 6

export interface LoadLimits {
  readonly config: Omit<RaftConfig, 'id'>
  /** The time of a message, its write and its answer, in ms. */
  readonly roundTrip: number
  /** The time to apply a command, in ms. */
  readonly applyTime: number
  /** The time of a turn of the event loop, in ms. Each applied batch needs a turn. */
  readonly turnLength: number
  /** What slow links carry, in bytes a ms. */
  readonly rate: number
  /** How long the faults last, in ms. */
  readonly faultsUntil: number
}

/** The least number of entries that a round trip carries. */
function entriesPerRoundTrip(
  { maxMessageBytes, maxInflightBytes }: LoadLimits['config'],
  bytes: number,
): number {
  const most = maxInflightBytes > 0 ? Math.min(maxMessageBytes, maxInflightBytes) : maxMessageBytes
  return Math.max(1, Math.floor(most / bytes))
}

/** The least time between two writes, in ms. */
function leastGap(limits: LoadLimits, bytes: number, entriesPerWrite: number): number {
  const { config, roundTrip, applyTime, turnLength, rate, faultsUntil } = limits
  const tightWindow = config.maxMessageBytes < 1000 || config.maxInflightBytes > 0
  const tightApply = config.maxApplyingBytes < 1000
  const perEntry =
    (tightWindow ? roundTrip / entriesPerRoundTrip(config, bytes) : 0) +
    applyTime +
    (tightApply ? turnLength : 0)
  const catchesUp = (perEntry * entriesPerWrite * faultsUntil) / (CATCH_UP_TIMEOUTS * config.electionTimeout)
  return Math.max(
    // On a slow link a backlog may take longer: HEAL allows for it.
    (tightWindow ? 3 * roundTrip : 0) + (3 * entriesPerWrite * bytes) / rate,
    8 * applyTime,
    tightApply ? 8 * turnLength : 0,
    catchesUp,
  )
}

/**
 * Some clients ask again before an answer can arrive, but not more often than writes may come. Some sessions expire
 * between two commands, most do not.
 */
function drawSessions(random: Random, electionTimeout: number, gap: number): SessionProfile {
  const count = random.chance(0.5) ? 1 + random.int(4) : 0
  return {
    count,
    share: random.between(0.1, 1),
    patience: Math.max(count * gap, electionTimeout * random.logBetween(0.2, 3)),
    timeout: electionTimeout * random.split('expiry').logBetween(0.5, 60),
    resident: random.split('resident').pick([0, 0.5, 1]),
  }
}

export function drawWorkload(random: Random, mix: FaultMix, limits: LoadLimits): WorkloadProfile {
  const { electionTimeout } = limits.config
  const clients = random.split('clients')
  const gap = electionTimeout * clients.logBetween(...gaps[mix])
  const toLeader = mix === 'restless' ? 0.9 : clients.pick([0, 0.5, 0.9])
  const padding = clients.pick([0, 0, 16, 100])
  const batches = sometimes(clients, 0.4, () => clients.between(0, 0.5), 0)
  // A batch has two to five entries, each with its command, the client's header (payload.ts) and the
  // runtime's header.
  const least = leastGap(limits, 25 + padding, 1 + 2.5 * batches)
  return {
    gap: Math.max(least, gap),
    leastGap: least,
    toLeader,
    padding,
    batches,
    sessions: drawSessions(random.split('sessions'), electionTimeout, least),
  }
}

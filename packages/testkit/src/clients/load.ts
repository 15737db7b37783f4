// How much the clients of a run ask for: a lot, but not more than the cluster can catch up with once the faults have stopped.
// With small windows a round trip carries one entry, and a restarted state machine replays one at a time.
import type { RaftConfig } from '@oarlock/core'
import { sometimes, type Temper } from '../faults/index.ts'
import type { Random } from '../world/index.ts'
import type { SessionProfile } from './sessions.ts'
import type { WorkloadProfile } from './workload.ts'

/** Between proposals, in election timeouts. With few writes a node that was cut off can still be elected: leases need that. */
const gaps: Readonly<Record<Temper, readonly [number, number]>> = {
  mixed: [0.02, 1],
  restless: [0.02, 0.2],
  leased: [0.1, 20],
  divided: [0.02, 0.5],
}

/** All that is written while a member is away reaches it within so many. */
const CATCH_UP_TIMEOUTS = 6

export interface LoadLimits {
  readonly config: Omit<RaftConfig, 'id'>
  /** What a message takes to get there and its answer back, its write included, in ms. */
  readonly roundTrip: number
  /** What applying a command takes, in ms. */
  readonly applyTime: number
  /** What a turn of an event loop takes, in ms: each batch that is applied needs one. */
  readonly turnLength: number
  /** How long faults go on, in ms. */
  readonly faultsUntil: number
}

/** How many entries a round trip carries at least. */
function entriesARoundTrip(
  { maxMessageBytes, maxInflightBytes }: LoadLimits['config'],
  bytes: number,
): number {
  const most = maxInflightBytes > 0 ? Math.min(maxMessageBytes, maxInflightBytes) : maxMessageBytes
  return Math.max(1, Math.floor(most / bytes))
}

/** The least that must lie between two writes, in ms. */
function leastGap(limits: LoadLimits, bytes: number, entriesAWrite: number): number {
  const { config, roundTrip, applyTime, turnLength, faultsUntil } = limits
  const tightWindow = config.maxMessageBytes < 1000 || config.maxInflightBytes > 0
  const tightApply = config.maxApplyingBytes < 1000
  const perEntry =
    (tightWindow ? roundTrip / entriesARoundTrip(config, bytes) : 0) +
    applyTime +
    (tightApply ? turnLength : 0)
  const catchesUp = (perEntry * entriesAWrite * faultsUntil) / (CATCH_UP_TIMEOUTS * config.electionTimeout)
  return Math.max(tightWindow ? 3 * roundTrip : 0, 8 * applyTime, tightApply ? 8 * turnLength : 0, catchesUp)
}

/** Some ask again sooner than an answer can come, though not more often than writes may come. */
function drawSessions(random: Random, electionTimeout: number, gap: number): SessionProfile {
  const count = random.chance(0.5) ? 1 + random.int(4) : 0
  return {
    count,
    share: random.between(0.1, 1),
    patience: Math.max(count * gap, electionTimeout * random.logBetween(0.2, 3)),
  }
}

export function drawWorkload(random: Random, temper: Temper, limits: LoadLimits): WorkloadProfile {
  const { electionTimeout } = limits.config
  const clients = random.split('clients')
  const gap = electionTimeout * clients.logBetween(...gaps[temper])
  const toLeader = temper === 'restless' ? 0.9 : clients.pick([0, 0.5, 0.9])
  const padding = clients.pick([0, 0, 16, 100])
  const batches = sometimes(clients, 0.4, () => clients.between(0, 0.5), 0)
  // A batch has two to five entries; a command's own bytes, and what they lie in (payload.ts and the runtime's header).
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

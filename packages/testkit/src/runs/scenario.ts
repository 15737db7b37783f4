// The scenario of a seed: the cluster, its configuration, its machines, and its faults. Every run has other
// faults at other rates (swarm testing), so bugs that need one fault often and another never are found too.

import type { NodeId, RaftConfig } from '@oarlock/core'
import type { FoundingRule } from '@oarlock/runtime'
import type { StoreSettings } from '@oarlock/store'
import {
  drawWorkload,
  type OperatorProfile,
  type ReadProfile,
  type StoreProfile,
  type WorkloadProfile,
} from '../clients/index.ts'
import {
  drawFaultMix,
  drawNemesis,
  type FaultKind,
  type FaultMix,
  type NemesisProfile,
  sometimes,
} from '../faults/index.ts'
import { type DiskProfile, type NetworkProfile, shortMessageTime } from '../hardware/index.ts'
import type { HandshakeProfile, NodeProfile, TimeoutProfile } from '../member/index.ts'
import type { Random } from '../world/index.ts'
import { drawOwn, type Own } from './preferences.ts'

export interface Scenario {
  /** The founders. */
  readonly voters: readonly NodeId[]
  /** Nodes that may become members. */
  readonly others: readonly NodeId[]
  /** With the longest election timeout of the members, in which bounds are counted. */
  readonly config: Omit<RaftConfig, 'id'>
  readonly timeouts: TimeoutProfile
  /** The configuration of single nodes. */
  readonly own: Own
  readonly network: NetworkProfile
  readonly disk: DiskProfile
  readonly node: NodeProfile
  readonly handshakes: HandshakeProfile
  /** The run begins with a new cluster, which must be founded by this rule; null: it was founded before. */
  readonly founding: FoundingRule | null
  readonly nemesis: NemesisProfile
  readonly workload: WorkloadProfile
  readonly reads: ReadProfile
  readonly store: StoreProfile
  readonly operator: OperatorProfile
  /** After the faults there are no proposals until everything in the logs is committed. */
  readonly idleFirst: boolean
  /** After the faults one member stays down for a while. */
  readonly oneStaysDown: boolean
  /** True time at which the faults stop, in ms. */
  readonly faultsUntil: number
}

function drawConfig(random: Random, mix: FaultMix, ordered: boolean): Omit<RaftConfig, 'id'> {
  const restless = mix === 'restless'
  const leased = mix === 'leased'
  const electionTimeout = Math.round(random.between(150, 500))
  const checkQuorum = leased || random.chance(restless || mix === 'divided' ? 0.4 : 0.75)
  const small = random.chance(restless ? 0.7 : 0.5)
  return {
    electionTimeout,
    electionSpread: 1,
    heartbeatInterval: Math.round(electionTimeout / random.between(2, 5)),
    preVote: random.chance(restless ? 0.2 : 0.6),
    checkQuorum,
    lease: leased || (checkQuorum && random.chance(restless ? 0.3 : 0.75)),
    clockRateTolerance: random.pick(leased ? [0.1, 0.3, 0.6] : [0.02, 0.1, 0.3]),
    maxMessageBytes: small ? (restless ? 0 : random.pick([0, 16, 100, 500])) : 1024 * 1024,
    // With reordering a large window causes storms: an overtaken append is refused, and each refusal sends it
    // again.
    maxInflightMessages: random.pick(ordered ? [1, 5, 20, 256, 256] : [1, 2, 5]),
    maxInflightBytes: sometimes(random, 0.2, () => random.pick([20, 200, 1000]), 0),
    maxUncommittedBytes: sometimes(random, 0.2, () => random.pick([100, 600, 3000]), 0),
    maxApplyingBytes: sometimes(random, 0.25, () => random.pick([1, 50, 300]), 4 * 1024 * 1024),
    applyUnstable: random.chance(0.15),
    stepDownOnRemoval: true,
    validateChanges: true,
    priority: 1,
    witness: false,
    electionOnly: false,
    forwardProposals: random.chance(0.7),
  }
}

function drawNetwork(
  random: Random,
  electionTimeout: number,
  mix: FaultMix,
  ordered: boolean,
  rest: Pick<NetworkProfile, 'rate' | 'slowShare' | 'transferTime' | 'transferLossRate'>,
): NetworkProfile {
  return {
    latency: random.logBetween(0.1, electionTimeout / (mix === 'mixed' ? 12 : 40)),
    jitter: random.logBetween(0.05, electionTimeout / 25),
    dropRate: sometimes(random, 0.5, () => random.logBetween(0.005, 0.3), 0),
    duplicateRate: sometimes(random, 0.5, () => random.logBetween(0.02, 0.6), 0),
    splitRate: sometimes(random, 0.4, () => random.logBetween(0.01, 0.3), 0),
    stragglerRate: sometimes(random, 0.5, () => random.logBetween(0.005, 0.2), 0),
    stragglerDelay: electionTimeout * random.logBetween(0.1, 4),
    ordered,
    losesInFlight: random.chance(0.5),
    ...rest,
  }
}

const noRate = { rate: Number.POSITIVE_INFINITY, slowShare: 0 }

/** All links are slow, or some: an entry takes up to a good part of an election timeout. */
function drawRate(random: Random, electionTimeout: number): Pick<NetworkProfile, 'rate' | 'slowShare'> {
  return {
    rate: TYPICAL_ENTRY / (electionTimeout * random.logBetween(0.003, 0.15)),
    slowShare: random.pick([1, 1, 0.6, 0.3]),
  }
}

/** Bytes. */
const TYPICAL_ENTRY = 60

interface Snapshots {
  readonly compactAfter: number
  readonly kept: number
  readonly transferRate: number
  readonly snapshotLatency: number
  readonly transferTime: number
  readonly transferLossRate: number
}

function drawSnapshots(random: Random, electionTimeout: number): Snapshots {
  return {
    // 1 compacts after every applied entry.
    compactAfter: random.pick([0, 0, 1, 1, 2, 5, 15, 40]),
    snapshotLatency: electionTimeout * random.logBetween(0.001, 0.3),
    transferTime:
      electionTimeout *
      random.logBetween(0.01, 1) *
      // Long enough for partitions to come and go.
      sometimes(random.split('long'), 0.2, () => 2, 1),
    transferLossRate: sometimes(random, 0.5, () => random.logBetween(0.02, 0.5), 0),
    kept: random.chance(0.5) ? 2 : 1,
    transferRate: sometimes(
      random.split('rate'),
      0.3,
      () => 1000 / (electionTimeout * random.split('rate').logBetween(0.05, 2)),
      Number.POSITIVE_INFINITY,
    ),
  }
}

function drawReads(random: Random, electionTimeout: number, mix: FaultMix): ReadProfile {
  return {
    gap:
      mix === 'divided' || random.chance(0.5)
        ? electionTimeout * random.logBetween(0.02, 0.5)
        : Number.POSITIVE_INFINITY,
    toLeader: random.pick([0, 0.5, 0.9]),
    byLease: mix === 'leased' ? 0.8 : 0.3,
    weaker: random.split('weaker').pick([0, 0.3, 0.6]),
  }
}

const boundless: StoreSettings = {
  history: Number.POSITIVE_INFINITY,
  limits: {
    keys: Number.POSITIVE_INFINITY,
    bytes: Number.POSITIVE_INFINITY,
    leases: Number.POSITIVE_INFINITY,
  },
}

const nobodyUsesTheStore: StoreProfile = {
  gap: Number.POSITIVE_INFINITY,
  ttl: 0,
  timeout: 0,
  reads: 0,
  contestGap: Number.POSITIVE_INFINITY,
  settings: [boundless],
}

/** Some stores are small, or have a short history, and some members are set otherwise. */
function drawStoreSettings(random: Random, electionTimeout: number): readonly StoreSettings[] {
  const draw = (): StoreSettings => ({
    history: random.chance(0.5) ? Number.POSITIVE_INFINITY : electionTimeout * random.logBetween(1, 20),
    limits: {
      keys: random.pick([2, 3, Number.POSITIVE_INFINITY]),
      bytes: random.chance(0.5) ? Number.POSITIVE_INFINITY : Math.round(random.logBetween(1000, 20_000)),
      leases: random.pick([1, 3, Number.POSITIVE_INFINITY]),
    },
  })
  if (!random.chance(0.3)) return [boundless]
  return random.chance(0.7) ? [draw()] : [draw(), draw()]
}

/** Some clusters use the store, if leases of leadership protect its leases. */
function drawStore(
  random: Random,
  { lease, electionOnly, electionTimeout }: Omit<RaftConfig, 'id'>,
  { gap, leastGap }: WorkloadProfile,
): StoreProfile {
  if (!lease || electionOnly || !random.chance(0.5)) return nobodyUsesTheStore
  const contenders = random.split('contenders')
  return {
    // Most requests are longer than those of the workload.
    gap: Math.max(2 * leastGap, Math.min(gap, electionTimeout) * random.logBetween(0.5, 3)),
    ttl: electionTimeout * random.logBetween(0.1, 6),
    timeout: electionTimeout * random.logBetween(2, 60),
    reads: random.between(0.1, 0.6),
    contestGap: contenders.chance(0.9)
      ? electionTimeout * contenders.logBetween(0.1, 1)
      : Number.POSITIVE_INFINITY,
    settings: drawStoreSettings(random.split('settings'), electionTimeout),
  }
}

function drawIdentities(random: Random, electionTimeout: number): Pick<Scenario, 'handshakes' | 'founding'> {
  const shown = random.chance(0.5)
  const rule = random.pick(['all', 'all', 'all', 'majority'] as const)
  return {
    handshakes: { shown, retryAfter: electionTimeout * random.logBetween(0.03, 0.3) },
    founding: sometimes(random, 0.3, () => (shown ? rule : null), null),
  }
}

/**
 * In some clusters members differ in their election timeouts, and change them at restarts. Leases and pre-vote
 * make that possible: the answers to heartbeats tell the timeouts, and a short one deposes nobody.
 */
function drawTimeouts(random: Random, config: Omit<RaftConfig, 'id'>, mix: FaultMix): Timeouts {
  if (!random.chance(mix === 'leased' ? 0.4 : 0.1)) return { config, timeouts: { shortest: 1, changes: 0 } }
  const longest = random.logBetween(1.5, 10)
  const electionTimeout = Math.round(config.electionTimeout * longest)
  const heartbeatInterval = config.heartbeatInterval * longest
  return {
    config: {
      ...config,
      electionTimeout,
      heartbeatInterval,
      preVote: true,
      checkQuorum: true,
      lease: true,
    },
    timeouts: { shortest: 1 / longest, changes: random.pick([0, 0.3, 1]) },
  }
}

type Timeouts = Pick<Scenario, 'config' | 'timeouts'>

/** How often members lose their disks, compared with another fault. */
const often: readonly (readonly FaultKind[])[] = [['lostDisk'], ['lostDisk', 'lostDisk', 'lostDisk']]

const MOST_VOTERS = 7
/** Nodes that replace members with lost disks. */
const SPARES = 2

function drawOperator(random: Random, electionTimeout: number, replaces: boolean): OperatorProfile {
  const replacements = random.split('replacements')
  return {
    gap: random.chance(0.3) ? electionTimeout * random.logBetween(0.3, 8) : Number.POSITIVE_INFINITY,
    several: random.pick([0, 0.3, 0.8]),
    mostVoters: random.pick([2, 2, 3, 4, 5, 5, 6, 7]),
    learnersOnly: random.chance(0.12),
    replacesAfter: replaces ? electionTimeout * replacements.logBetween(0.5, 8) : Number.POSITIVE_INFINITY,
  }
}

/** In some of the runs in which members keep two snapshots these are damaged. */
function withDamage(
  random: Random,
  { compactAfter, kept }: NodeProfile,
  drawn: NemesisProfile,
): NemesisProfile {
  if (compactAfter === 0 || kept === 1 || !random.split('damage').chance(0.5)) return drawn
  return { ...drawn, faults: [...drawn.faults, 'damagedSnapshot'] }
}

export function drawScenario(random: Random): Scenario {
  const size = random.split('size').pick([1, 2, 3, 3, 3, 3, 4, 4, 5, 5, 5, 7])
  const mix = drawFaultMix(random.split('temper'))
  const isSlow = random.split('slow').chance(0.15)
  // A slow link is a queue. With reordering it would not only delay messages: refused appends would fill it.
  const ordered = isSlow || random.split('order').chance(0.4)
  const drawn = drawConfig(random.split('config'), mix, ordered)
  const { config, timeouts } = drawTimeouts(random.split('timeouts'), drawn, mix)
  const { electionTimeout } = config
  // Machines and links that the shortest timeout bears.
  const shortest = drawn.electionTimeout
  const snapshots = drawSnapshots(random.split('snapshots'), shortest)
  const rates = isSlow ? drawRate(random.split('rates'), shortest) : noRate
  const network = drawNetwork(random.split('network'), shortest, mix, ordered, { ...rates, ...snapshots })
  const machines = random.split('machines')
  const disk: DiskProfile = {
    latency: machines.logBetween(0.05, shortest / 20),
    stallRate: sometimes(machines, 0.4, () => machines.logBetween(0.002, 0.1), 0),
    stallLength: shortest * machines.logBetween(0.05, 2),
    snapshotLatency: snapshots.snapshotLatency,
  }
  const node: NodeProfile = {
    turnLength: sometimes(machines, 0.4, () => machines.logBetween(0.05, shortest / 50), 0),
    applyTime: sometimes(machines, 0.3, () => machines.logBetween(0.005, shortest / 200), 0),
    timerLag: sometimes(machines, 0.6, () => machines.logBetween(0.05, shortest / 20), 0),
    tickFirst: machines.chance(0.5),
    proposeTimeout: electionTimeout * random.split('proposals').logBetween(0.5, 12),
    compactAfter: snapshots.compactAfter,
    kept: snapshots.kept,
    transferRate: snapshots.transferRate,
  }
  const messageTime = network.latency + network.jitter + node.turnLength + shortMessageTime(network.rate)
  const roundTrip = 2 * messageTime + disk.latency
  const faultsUntil = electionTimeout * random.split('length').between(15, timeouts.shortest === 1 ? 60 : 25)
  const drawnIdentities = drawIdentities(random.split('identities'), electionTimeout)
  const faultMix = withDamage(random, node, drawNemesis(random.split('nemesis'), config, roundTrip, mix))
  const startsTwice = drawnIdentities.founding !== null && random.split('twins').chance(0.4)
  const nemesis: NemesisProfile = startsTwice
    ? { ...faultMix, faults: [...faultMix.faults, 'twin'] }
    : faultMix
  const losesDisks = nemesis.faults.some(
    (kind) => kind === 'wipe' || kind === 'bitFlip' || kind === 'oldCopy',
  )
  const drawnOperator = drawOperator(random.split('operator'), electionTimeout, losesDisks)
  const operator = {
    ...drawnOperator,
    // The settings that members of `join` always have.
    byRuntime: drawnIdentities.handshakes.shown && config.preVote && config.checkQuorum,
    oneProcessEach: !nemesis.faults.some((kind) => kind === 'wipe' || kind === 'twin' || kind === 'oldCopy'),
  }
  const changesMembers =
    Math.min(operator.gap, operator.replacesAfter ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY
  // Members that show who they are take their list of members from the runtime.
  const identities: typeof drawnIdentities =
    changesMembers && !operator.byRuntime
      ? { handshakes: { ...drawnIdentities.handshakes, shown: false }, founding: null }
      : drawnIdentities
  const ids = Array.from({ length: MOST_VOTERS + SPARES }, (_, at) => `n${at + 1}`)
  const fixed = operator.gap === Number.POSITIVE_INFINITY
  const lostDisks = random.split('lost disks')
  const rejoins = operator.byRuntime && size > 1 && lostDisks.chance(fixed ? 0.3 : 0.8)
  const founders = fixed ? size : Math.min(size, operator.mostVoters)
  const later = fixed ? 0 : Math.max(1, operator.mostVoters - founders)
  const others = losesDisks ? Math.max(SPARES, later) : later
  const drawnWorkload = drawWorkload(random, mix, {
    config,
    roundTrip,
    applyTime: node.applyTime,
    turnLength: node.turnLength,
    rate: network.rate,
    faultsUntil,
  })
  const voters = ids.slice(0, founders)
  const idleFirst = random.split('healing').chance(0.3)
  const electionOnly = random.split('purpose').chance(0.04)
  const own = electionOnly
    ? {}
    : drawOwn(random.split('own'), { ids, voters, mayWitness: fixed && !losesDisks && !rejoins })
  // A witness has no table of sessions: its clients would be told that theirs are not there.
  const hasWitness = Object.values(own).some(({ witness }) => witness === true)
  const workload = hasWitness
    ? { ...drawnWorkload, sessions: { ...drawnWorkload.sessions, count: 0 } }
    : drawnWorkload
  return {
    voters,
    others: ids.slice(founders, founders + others),
    config: electionOnly ? { ...config, electionOnly } : config,
    timeouts,
    own,
    network,
    disk,
    node,
    ...identities,
    nemesis: rejoins ? { ...nemesis, faults: [...nemesis.faults, ...lostDisks.pick(often)] } : nemesis,
    workload: electionOnly
      ? { ...workload, gap: Number.POSITIVE_INFINITY, sessions: { ...workload.sessions, count: 0 } }
      : workload,
    reads: drawReads(random.split('reads'), electionTimeout, mix),
    store: hasWitness
      ? nobodyUsesTheStore
      : drawStore(random.split('store'), electionOnly ? { ...config, electionOnly } : config, workload),
    operator,
    idleFirst,
    oneStaysDown:
      !idleFirst &&
      !electionOnly &&
      fixed &&
      !losesDisks &&
      !rejoins &&
      founders >= 3 &&
      random.split('downtime').chance(0.4),
    faultsUntil,
  }
}

/** The scenario in a few lines. */
export function describeScenario({
  voters,
  others,
  config,
  network,
  nemesis,
  faultsUntil,
}: Scenario): string {
  const modes = [
    config.preVote && 'pre-vote',
    config.checkQuorum && 'check-quorum',
    config.lease && `lease (clocks ${config.clockRateTolerance * 100} %)`,
  ].filter((mode) => mode !== false)
  const { rate, slowShare } = network
  const slow = `; ${slowShare * 100} % of the links carry ${rate.toPrecision(2)} bytes a ms`
  return [
    `${voters.length} voters${others.length > 0 ? ` and ${others.length} possible members` : ''}, T ${config.electionTimeout} ms, heartbeat ${config.heartbeatInterval} ms, ${modes.join(', ') || 'plain Raft'}`,
    `faults for ${Math.round(faultsUntil)} ms: ${nemesis.faults.join(', ') || 'none'}; drop ${(network.dropRate * 100).toFixed(1)} %, duplicate ${(network.duplicateRate * 100).toFixed(1)} %, late ${(network.stragglerRate * 100).toFixed(1)} %${slowShare > 0 ? slow : ''}`,
  ].join('\n')
}

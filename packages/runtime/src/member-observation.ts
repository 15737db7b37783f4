// Observes one member: what it counts and measures, gathered into one snapshot.

import type { Index, LogReader, Millis, NodeId, ProgressView, RaftView } from '@oarlock/core'
import { index } from '@oarlock/core'
import { dropsOf, linkStatsOf, linksOf, logStoreStatsOf } from './callbacks/index.ts'
import { type PeerStatus, Stalls } from './diagnosis/index.ts'
import type { ElectionState } from './election/index.ts'
import type { MemberPeerStatus } from './member.ts'
import type { MemberSettings } from './member-settings.ts'
import { LoopWatch, type RequestMeter, type SnapshotMeter } from './meters/index.ts'
import type {
  LogMetrics,
  MemberMetrics,
  PeerMetrics,
  RequestMetrics,
  SnapshotMetrics,
} from './metrics/index.ts'
import type { Link, LinkStats, LogStore, Transport } from './ports/index.ts'
import type { Replica } from './replica.ts'
import type { TellEvent } from './tell-events.ts'

export interface MemberObservationInit {
  readonly settings: Pick<
    MemberSettings<never, never>,
    'config' | 'cluster' | 'clock' | 'logger' | 'leadershipMayHaveChanged'
  >
  readonly replica: Pick<
    Replica<unknown>,
    | 'elections'
    | 'inFlight'
    | 'members'
    | 'proposals'
    | 'reads'
    | 'roundTrips'
    | 'sessionCount'
    | 'snapshotter'
    | 'writes'
  >
  readonly log: LogReader
  readonly store: Pick<LogStore, 'stats'>
  readonly transport: Pick<Transport, 'links' | 'stats' | 'drops'>
  readonly snapshots: SnapshotMeter
  readonly state: () => ElectionState
  readonly held: () => boolean
  readonly leader: () => NodeId | null
  readonly view: () => RaftView
  readonly problems: () => number
  readonly tell: TellEvent
}

export class MemberObservation {
  readonly #init: MemberObservationInit
  readonly #loop: LoopWatch
  readonly #begun: number

  constructor(init: MemberObservationInit) {
    const { config, clock, logger, leadershipMayHaveChanged } = init.settings
    const { id, electionTimeout, heartbeatInterval } = config
    this.#init = init
    this.#begun = clock.now()
    // Only a member in a thread of its own tells another thread of its leadership.
    const isolated = leadershipMayHaveChanged !== undefined
    const stalls = new Stalls({ id, electionTimeout, isolated, clock, logger })
    this.#loop = new LoopWatch({
      clock,
      interval: heartbeatInterval,
      stall: electionTimeout / 2,
      stalled: (delay) => {
        stalls.stalled(delay)
        init.tell('oarlock:member:stall', () => ({ delay: Math.round(delay), electionTimeout }))
      },
    })
  }

  start(): void {
    this.#loop.start()
  }

  stop(): void {
    this.#loop.stop()
  }

  /** The longest delay of the last minute, in ms. */
  get loopDelay(): Millis {
    return this.#loop.longest
  }

  get firstIndex(): Index {
    return this.#init.log.firstIndex
  }

  metrics(): MemberMetrics {
    const { settings, replica, transport, state, held, leader, view, problems } = this.#init
    const { elections, proposals, reads, members } = replica
    const seen = view()
    return {
      id: settings.config.id,
      cluster: settings.cluster,
      state: state(),
      role: state() === 'closed' || state() === 'stopped' ? null : seen.role,
      term: seen.term,
      leader: leader(),
      held: held(),
      problems: problems(),
      elections: { ...elections.begun },
      leaderships: { won: elections.won, lost: elections.lost.snapshot() },
      members: members.table.members.size,
      peers: this.#peers(seen),
      log: this.#log(seen),
      snapshots: this.#snapshots(),
      proposals: requests(proposals.meter, proposals.pending),
      reads: { ...requests(reads.meter, reads.pending), begun: { ...reads.begun } },
      sessions: replica.sessionCount,
      store: null,
      drops: dropsOf(transport),
      loop: { delay: this.#loop.delays.snapshot(), stalls: this.#loop.stalls, longest: this.#loop.longest },
    }
  }

  #log({ lastIndex, durableIndex, commit, applied }: RaftView): LogMetrics {
    const { log, store, replica } = this.#init
    const stats = logStoreStatsOf(store)
    return {
      firstIndex: log.firstIndex,
      lastIndex,
      durableIndex,
      commit,
      applied,
      diskBytes: stats?.diskBytes ?? null,
      memoryBytes: stats?.memoryBytes ?? null,
      entriesInWrite: replica.writes.entries.snapshot(),
      write: replica.writes.duration.snapshot(),
      fsync: stats?.fsync ?? null,
    }
  }

  #snapshots(): SnapshotMetrics {
    const { snapshots, settings, replica } = this.#init
    const { taken, received, failed, damaged, compactions } = snapshots
    const newest = replica.snapshotter?.newest ?? null
    const since = snapshots.newestAt ?? this.#begun
    return {
      index: newest?.meta.index ?? index(0),
      bytes: newest?.size ?? 0,
      age: newest === null ? null : Math.max(0, settings.clock.now() - since),
      taken,
      received,
      failed,
      damaged,
      compactions,
    }
  }

  #peers({ id, progress, lastIndex }: RaftView): Record<NodeId, PeerMetrics> {
    const { replica, transport } = this.#init
    const links = linksOf(transport)
    const stats = linkStatsOf(transport)
    const peers: Record<NodeId, PeerMetrics> = {}
    for (const peer of replica.members.table.members.keys()) {
      if (peer === id) continue
      peers[peer] = {
        ...carried(links.get(peer), stats.get(peer)),
        ...replicated(progress.get(peer), lastIndex),
        inFlightBytes: replica.inFlight(peer),
        roundTrip: replica.roundTrips.of(peer),
      }
    }
    return peers
  }
}

const requests = ({ failures, duration }: RequestMeter, pending: number): RequestMetrics => ({
  pending,
  failed: failures.snapshot(),
  duration: duration.snapshot(),
})

const carried = (
  link: Link | undefined,
  stats: LinkStats | undefined,
): Pick<PeerMetrics, 'connected' | 'queuedBytes' | 'sentBytes' | 'sentMessages'> => ({
  connected: link === undefined ? null : link.state === 'connected',
  queuedBytes: stats?.queuedBytes ?? null,
  sentBytes: stats?.sentBytes ?? null,
  sentMessages: stats?.sentMessages ?? null,
})

/** The status of each peer, with what a leader knows of its log. */
export const memberPeers = (
  peers: Readonly<Record<NodeId, PeerStatus>>,
  { progress, lastIndex }: Pick<RaftView, 'progress' | 'lastIndex'>,
): Record<NodeId, MemberPeerStatus> =>
  Object.fromEntries(
    Object.entries(peers).map(([peer, status]) => [
      peer,
      { ...status, ...replicated(progress.get(peer), lastIndex) },
    ]),
  )

const replicated = (
  progress: ProgressView | undefined,
  lastIndex: number,
): Pick<PeerMetrics, 'match' | 'lag'> => ({
  match: progress?.match ?? null,
  lag: progress === undefined ? null : Math.max(0, lastIndex - progress.match),
})

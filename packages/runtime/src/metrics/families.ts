// The metrics as families of samples, as Prometheus and OpenTelemetry have them: a name with its unit, a text, a
// type, and a value for each set of labels. Times are in seconds here.
import type { HistogramSnapshot } from '../ports/index.ts'
import type { MemberMetrics, PeerMetrics } from './member-metrics.ts'

export type Labels = Readonly<Record<string, string>>

export interface MetricSample {
  readonly labels: Labels
  readonly value: number
}

export interface HistogramSample {
  readonly labels: Labels
  readonly value: HistogramSnapshot
}

interface Described {
  readonly name: string
  /** One sentence. */
  readonly help: string
}

export interface NumberFamily extends Described {
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly MetricSample[]
}

export interface HistogramFamily extends Described {
  readonly type: 'histogram'
  readonly samples: readonly HistogramSample[]
}

export type MetricFamily = NumberFamily | HistogramFamily

type Values<Value> = readonly (readonly [Labels, Value | null])[]

type Definition =
  | (Described & { readonly type: 'counter' | 'gauge'; read(metrics: MemberMetrics): Values<number> })
  | (Described & { readonly type: 'histogram'; read(metrics: MemberMetrics): Values<HistogramSnapshot> })

const gauge = (name: string, help: string, read: (metrics: MemberMetrics) => Values<number>): Definition => ({
  name,
  help,
  type: 'gauge',
  read,
})

const counter = (
  name: string,
  help: string,
  read: (metrics: MemberMetrics) => Values<number>,
): Definition => ({ name, help, type: 'counter', read })

const histogram = (
  name: string,
  help: string,
  read: (metrics: MemberMetrics) => Values<HistogramSnapshot>,
): Definition => ({ name, help, type: 'histogram', read })

const one = <Value>(value: Value | null): Values<Value> => [[{}, value]]

const each = (label: string, values: Readonly<Record<string, number | undefined>>): Values<number> =>
  Object.entries(values).map(([name, value]) => [{ [label]: name }, value ?? 0])

const eachPeer = <Value>(
  { peers }: MemberMetrics,
  read: (peer: PeerMetrics) => Value | null,
): Values<Value> => Object.entries(peers).map(([peer, metrics]) => [{ peer }, read(metrics)])

const bit = (value: boolean | null): number | null => (value === null ? null : Number(value))

/** From ms to seconds. */
const seconds = (value: number | null): number | null => (value === null ? null : value / 1000)

const inSeconds = (value: HistogramSnapshot | null): HistogramSnapshot | null =>
  value === null
    ? null
    : { ...value, bounds: value.bounds.map((bound) => bound / 1000), sum: value.sum / 1000 }

const roles = ['follower', 'preCandidate', 'candidate', 'leader'] as const

/** The order is that of docs/monitoring.md. */
const definitions: readonly Definition[] = [
  gauge('oarlock_up', 'Whether the member runs: 1, or 0 if it waits, closes or had to stop.', ({ state }) =>
    one(bit(state === 'running')),
  ),
  gauge('oarlock_role', '1 for the role that the member has.', ({ role }) =>
    roles.map((name) => [{ role: name }, bit(name === role)]),
  ),
  gauge('oarlock_leadership_held', 'Whether leadership is held here at this moment.', ({ held }) =>
    one(bit(held)),
  ),
  gauge('oarlock_has_leader', 'Whether the member knows a leader.', ({ leader }) =>
    one(bit(leader !== null)),
  ),
  gauge('oarlock_term', 'The term of the member.', ({ term }) => one(term)),
  gauge('oarlock_known_problems', 'How many things the member knows to be wrong; status() names them.', (m) =>
    one(m.problems),
  ),
  gauge('oarlock_members', 'How many members the cluster has.', ({ members }) => one(members)),
  counter(
    'oarlock_elections_total',
    'Elections that the member began: rounds of pre-votes, and candidacies by timeout or by transfer.',
    ({ elections }) => each('reason', elections),
  ),
  counter('oarlock_leaderships_won_total', 'Elections that the member won.', ({ leaderships }) =>
    one(leaderships.won),
  ),
  counter('oarlock_leaderships_lost_total', 'Leaderships that ended here, by reason.', ({ leaderships }) =>
    each('reason', leaderships.lost),
  ),
  gauge('oarlock_log_first_index', 'The first entry of the log that is not compacted.', ({ log }) =>
    one(log.firstIndex),
  ),
  gauge('oarlock_log_last_index', 'The last entry of the log.', ({ log }) => one(log.lastIndex)),
  gauge('oarlock_log_durable_index', 'The last entry that is durable here.', ({ log }) =>
    one(log.durableIndex),
  ),
  gauge('oarlock_commit_index', 'The last entry that the member knows to be committed.', ({ log }) =>
    one(log.commit),
  ),
  gauge('oarlock_applied_index', 'The last entry that is applied here.', ({ log }) => one(log.applied)),
  gauge('oarlock_log_disk_bytes', 'What the log takes on disk, without snapshots.', ({ log }) =>
    one(log.diskBytes),
  ),
  gauge('oarlock_log_memory_bytes', 'What the tail of the log takes in memory.', ({ log }) =>
    one(log.memoryBytes),
  ),
  histogram('oarlock_log_write_entries', 'How many entries shared each write of the log.', ({ log }) =>
    one(log.entriesInWrite),
  ),
  histogram(
    'oarlock_log_write_duration_seconds',
    'From the beginning of each write of the log until it was durable.',
    ({ log }) => one(inSeconds(log.write)),
  ),
  histogram('oarlock_log_fsync_duration_seconds', 'How long each fsync of the log took.', ({ log }) =>
    one(inSeconds(log.fsync)),
  ),
  gauge('oarlock_snapshot_index', 'The last entry of the newest snapshot, or 0.', ({ snapshots }) =>
    one(snapshots.index),
  ),
  gauge('oarlock_snapshot_bytes', 'The size of the newest snapshot.', ({ snapshots }) =>
    one(snapshots.bytes),
  ),
  gauge(
    'oarlock_snapshot_age_seconds',
    'The time since the newest snapshot, or since the start of the member if that is later.',
    ({ snapshots }) => one(seconds(snapshots.age)),
  ),
  counter(
    'oarlock_snapshots_total',
    'Snapshots by what became of them: taken, received, failed, damaged.',
    ({ snapshots: { taken, received, failed, damaged } }) =>
      each('outcome', { taken, received, failed, damaged }),
  ),
  counter('oarlock_log_compactions_total', 'How often the log was cut.', ({ snapshots }) =>
    one(snapshots.compactions),
  ),
  gauge('oarlock_peer_connected', 'Whether the peer is connected.', (metrics) =>
    eachPeer(metrics, ({ connected }) => bit(connected)),
  ),
  gauge('oarlock_peer_match_index', 'The last entry that the peer is known to have; on the leader.', (m) =>
    eachPeer(m, ({ match }) => match),
  ),
  gauge('oarlock_peer_lag_entries', "How far the peer is behind the leader's log; on the leader.", (m) =>
    eachPeer(m, ({ lag }) => lag),
  ),
  gauge('oarlock_peer_in_flight_bytes', 'Entries that were sent to the peer and not acknowledged.', (m) =>
    eachPeer(m, ({ inFlightBytes }) => inFlightBytes),
  ),
  gauge('oarlock_peer_queued_bytes', 'What waits to be sent to the peer.', (metrics) =>
    eachPeer(metrics, ({ queuedBytes }) => queuedBytes),
  ),
  counter('oarlock_peer_sent_bytes_total', 'What was sent to the peer.', (metrics) =>
    eachPeer(metrics, ({ sentBytes }) => sentBytes),
  ),
  counter('oarlock_peer_sent_messages_total', 'The messages that were sent to the peer.', (metrics) =>
    eachPeer(metrics, ({ sentMessages }) => sentMessages),
  ),
  histogram(
    'oarlock_peer_round_trip_seconds',
    'From each heartbeat of the leader to the answer of the peer.',
    (metrics) => eachPeer(metrics, ({ roundTrip }) => inSeconds(roundTrip)),
  ),
  gauge('oarlock_proposals_pending', 'Proposals of this member that have no outcome yet.', (metrics) =>
    one(metrics.proposals.pending),
  ),
  counter(
    'oarlock_proposal_failures_total',
    'Proposals of this member that failed, by the code of the error.',
    ({ proposals }) => each('code', proposals.failed),
  ),
  histogram(
    'oarlock_proposal_duration_seconds',
    'From propose to the result, of the proposals that succeeded.',
    ({ proposals }) => one(inSeconds(proposals.duration)),
  ),
  gauge('oarlock_reads_pending', 'Reads of this member that have no outcome yet.', ({ reads }) =>
    one(reads.pending),
  ),
  counter('oarlock_reads_total', 'Reads that were begun, by consistency.', ({ reads }) =>
    each('consistency', reads.begun),
  ),
  counter('oarlock_read_failures_total', 'Reads that failed, by the code of the error.', ({ reads }) =>
    each('code', reads.failed),
  ),
  histogram(
    'oarlock_read_duration_seconds',
    'From read until the state machine was asked, of the reads that succeeded.',
    ({ reads }) => one(inSeconds(reads.duration)),
  ),
  gauge('oarlock_sessions', 'Sessions that are open in the cluster.', ({ sessions }) => one(sessions)),
  gauge('oarlock_store_revision', 'The revision of the store here.', ({ store }) =>
    one(store?.revision ?? null),
  ),
  gauge('oarlock_store_keys', 'The keys that are in the store.', ({ store }) => one(store?.keys ?? null)),
  gauge(
    'oarlock_store_bytes',
    'What keys and values take in memory, about: those that are there, and the history of what was replaced.',
    ({ store }) =>
      store === null
        ? []
        : [
            [{ of: 'live' }, store.liveBytes],
            [{ of: 'history' }, store.bytes - store.liveBytes],
          ],
  ),
  gauge('oarlock_store_leases', 'The leases that are in the store.', ({ store }) =>
    one(store?.leases ?? null),
  ),
  gauge('oarlock_store_limit', 'How many keys, bytes and leases the store may have; no sample: any.', (m) =>
    Object.entries(m.store?.limits ?? {}).map(([of, limit]) => [{ of }, limit]),
  ),
  gauge('oarlock_store_watches', 'Watches of the store that wait here, also those of clients.', ({ store }) =>
    one(store?.watches ?? null),
  ),
  gauge('oarlock_clients', 'Clients of the store that are connected here.', ({ store }) =>
    one(store?.clients ?? null),
  ),
  gauge('oarlock_client_requests_pending', 'Requests of clients that have no answer yet.', ({ store }) =>
    one(store?.clientRequests ?? null),
  ),
  counter('oarlock_connections_ended_total', 'Connections that ended or failed, by reason.', ({ drops }) =>
    each('reason', drops?.connections ?? {}),
  ),
  counter('oarlock_messages_dropped_total', 'Messages that were not sent, by reason.', ({ drops }) =>
    each('reason', drops?.messages ?? {}),
  ),
  histogram('oarlock_loop_delay_seconds', 'How late the event loop ran a timer.', ({ loop }) =>
    one(inSeconds(loop.delay)),
  ),
  gauge('oarlock_loop_delay_max_seconds', 'The longest delay of the event loop in the last minute.', (m) =>
    one(seconds(m.loop.longest)),
  ),
  counter(
    'oarlock_loop_stalls_total',
    'How often the event loop was blocked for half an election timeout or longer.',
    ({ loop }) => one(loop.stalls),
  ),
]

/**
 * The metrics of one member as families of samples. Each sample has the labels `cluster` and `member`. A family
 * is there also if it has no sample now.
 */
export function metricFamilies(metrics: MemberMetrics): readonly MetricFamily[] {
  const { id: member, cluster } = metrics
  const samplesOf = <Value>(values: Values<Value>): { labels: Labels; value: Value }[] =>
    values.flatMap(([labels, value]) =>
      value === null ? [] : [{ labels: { cluster, member, ...labels }, value }],
    )
  return definitions.map(
    (definition): MetricFamily =>
      definition.type === 'histogram'
        ? {
            name: definition.name,
            help: definition.help,
            type: definition.type,
            samples: samplesOf(definition.read(metrics)),
          }
        : {
            name: definition.name,
            help: definition.help,
            type: definition.type,
            samples: samplesOf(definition.read(metrics)),
          },
  )
}

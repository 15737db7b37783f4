// What a member counts and measures, at one moment.
import type { Index, LeadershipEnd, Millis, NodeId, Role, Term } from '@oarlock/core'
import type { ElectionState } from '../election/index.ts'
import type { ElectionReason } from '../meters/index.ts'
import type { HistogramSnapshot } from '../ports/index.ts'
import type { ConsistencyName } from '../reads/index.ts'

export interface LogMetrics {
  /** The first entry that is not compacted. */
  readonly firstIndex: Index
  readonly lastIndex: Index
  /** The last entry that is durable here. */
  readonly durableIndex: Index
  readonly commit: Index
  readonly applied: Index
  /** On disk, without snapshots. Null: the log store does not say. */
  readonly diskBytes: number | null
  /** The tail of the log in memory. Null: the log store does not say. */
  readonly memoryBytes: number | null
  /** How many entries shared each write. */
  readonly entriesInWrite: HistogramSnapshot
  /** From the beginning of each write until it was durable, in ms. */
  readonly write: HistogramSnapshot
  /** Each fsync, in ms. Null: the log store does not say. */
  readonly fsync: HistogramSnapshot | null
}

export interface SnapshotMetrics {
  /** The last entry of the newest one. 0: there is none. */
  readonly index: Index
  readonly bytes: number
  /**
   * How long ago the newest one was taken or received here, in ms. If it is older than this start of the member,
   * the time since the start. Null: there is none.
   */
  readonly age: Millis | null
  readonly taken: number
  readonly received: number
  /** Those that could not be taken, or could not be kept when they were received. */
  readonly failed: number
  /** Those that were found to be damaged, and were removed. */
  readonly damaged: number
  /** How often the log was cut. */
  readonly compactions: number
}

export interface PeerMetrics {
  /** Null: the transport does not say. */
  readonly connected: boolean | null
  /** On the leader, the last entry that the peer is known to have, else null. */
  readonly match: Index | null
  /** On the leader, how many entries the peer is behind the leader's log, else null. */
  readonly lag: number | null
  /** Bytes of entries that the leader has sent, and the peer has not acknowledged. */
  readonly inFlightBytes: number
  /** Bytes that wait in the transport. Null: it does not say. */
  readonly queuedBytes: number | null
  readonly sentBytes: number | null
  readonly sentMessages: number | null
  /**
   * From each heartbeat to its answer, in ms, while this member led. If the answer promises more than what the
   * peer has on disk, the time has a write of the peer in it. Null: there was none.
   */
  readonly roundTrip: HistogramSnapshot | null
}

export interface RequestMetrics {
  /** Those that have no outcome yet. */
  readonly pending: number
  /** Those that failed, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>
  /** How long each that succeeded took, in ms. */
  readonly duration: HistogramSnapshot
}

export interface StoreMetrics {
  /** Of its last change. */
  readonly revision: number
  readonly keys: number
  /** In memory, of keys and values with their history, about. */
  readonly bytes: number
  /** Those of `bytes` that were not replaced. */
  readonly liveBytes: number
  readonly leases: number
  /** How much there may be. Null: any. */
  readonly limits: Readonly<Record<'keys' | 'bytes' | 'leases', number | null>>
  /** Watches that wait here for a change, also those of clients. */
  readonly watches: number
  /** Clients of `connect` that this member serves. */
  readonly clients: number
  /** Of clients: those that have no answer yet, without watches. */
  readonly clientRequests: number
}

/**
 * What a member counts and measures: plain data, which survives JSON. Counts and histograms are of this start of
 * the member. `prometheusText` writes it for Prometheus.
 */
export interface MemberMetrics {
  readonly id: NodeId
  readonly cluster: string
  readonly state: ElectionState
  /** Null once the member is closed or had to stop. */
  readonly role: Role | null
  readonly term: Term
  /** The leader that is known here, or null. */
  readonly leader: NodeId | null
  /** Whether leadership is held here at this moment. */
  readonly held: boolean
  /** How many things the member knows to be wrong. */
  readonly problems: number
  /** Elections that this member began. */
  readonly elections: Readonly<Record<ElectionReason, number>>
  readonly leaderships: {
    readonly won: number
    readonly lost: Readonly<Partial<Record<LeadershipEnd['reason'], number>>>
  }
  /** How many members the cluster has, as far as this one knows. */
  readonly members: number
  readonly peers: Readonly<Record<NodeId, PeerMetrics>>
  readonly log: LogMetrics
  readonly snapshots: SnapshotMetrics
  readonly proposals: RequestMetrics
  readonly reads: RequestMetrics & { readonly begun: Readonly<Record<ConsistencyName, number>> }
  /** Sessions that are open in the cluster. */
  readonly sessions: number
  /** The replicated store. Null: the member has none. */
  readonly store: StoreMetrics | null
  /** What the transport did not carry, by reason. Null: it does not say. */
  readonly drops: {
    readonly connections: Readonly<Record<string, number>>
    readonly messages: Readonly<Record<string, number>>
  } | null
  readonly loop: {
    /** How late the event loop ran a timer, in ms. */
    readonly delay: HistogramSnapshot
    /** How often it was so late that the leadership was in danger: half an election timeout or more. */
    readonly stalls: number
    /** The longest delay of the last minute, in ms. */
    readonly longest: Millis
  }
}

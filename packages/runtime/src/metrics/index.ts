// The metrics of a member, as data and as text.
export type {
  LogMetrics,
  MemberMetrics,
  PeerMetrics,
  RequestMetrics,
  SnapshotMetrics,
} from './member-metrics.ts'

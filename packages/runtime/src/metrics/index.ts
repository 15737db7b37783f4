// The metrics of a member, as data and as text.
export {
  type HistogramFamily,
  type HistogramSample,
  type Labels,
  type MetricFamily,
  type MetricSample,
  metricFamilies,
  type NumberFamily,
} from './families.ts'
export type {
  LogMetrics,
  MemberMetrics,
  PeerMetrics,
  RequestMetrics,
  SnapshotMetrics,
  StoreMetrics,
} from './member-metrics.ts'
export { prometheusContentType, prometheusText } from './prometheus-text.ts'

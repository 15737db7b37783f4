// What a member counts and measures while it runs. The meters know no other part of the runtime but its
// ports.
export { ElectionMeter, type ElectionReason } from './election-meter.ts'
export { durationBounds, Histogram } from './histogram.ts'
export { LoopWatch } from './loop-watch.ts'
export { ProgressMeter } from './progress-meter.ts'
export { RequestMeter } from './request-meter.ts'
export { RoundTrips } from './round-trips.ts'
export { SnapshotMeter } from './snapshot-meter.ts'
export { WriteMeter } from './write-meter.ts'

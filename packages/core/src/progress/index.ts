// What a leader knows of each member (paper §5.3; thesis §10.2.2).
export type { Progress, ProgressView } from './progress.ts'
export { ProgressTracker } from './tracker.ts'

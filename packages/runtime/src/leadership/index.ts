export { Latest } from './latest.ts'
export { type Fence, type LeaderInfo, type Leadership, sameLeader } from './leadership.ts'
export { LeaseLeadership } from './lease-leadership.ts'
export { type LeadershipSource, LeadershipTracker } from './tracker.ts'

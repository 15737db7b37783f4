// One election, as an application sees it.
export { CurrentLeadership } from './current-leadership.ts'
export { type CallOutcome, electionChannel } from './diagnostics.ts'
export { NotLeaderError } from './errors.ts'
export { currentLeadership } from './leader-work.ts'
export { type ElectionHandlers, ElectionLifecycle } from './lifecycle.ts'
export { checkName, defaultElection } from './name.ts'
export { type ElectionEvents, LeaderElectionService, type LeaderRun } from './service.ts'
export { getElectionToken, getLeaderElectionToken, getLeadershipToken, otherServiceTokens } from './tokens.ts'

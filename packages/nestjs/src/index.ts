// @oarlock/nestjs: leader election for NestJS.
export { InjectElection, InjectLeaderElection, InjectLeadership } from './decorators/inject.ts'
export { LeaderOnly, type LeaderOnlyOptions } from './decorators/leader-only.ts'
export { OnElected, OnLeaderChange, OnRevoked } from './decorators/on-election.ts'
export { type CallOutcome, type ElectionEvents, electionChannel } from './election/diagnostics.ts'
export { currentLeadership } from './election/leader-work.ts'
export {
  defaultElection,
  getElectionToken,
  getLeaderElectionToken,
  getLeadershipToken,
} from './election/name.ts'
export { LeaderElectionService, type LeaderRun } from './election/service.ts'
export { NotLeaderError } from './errors.ts'
export { LeaderGuard } from './http/leader-guard.ts'
export { LeaderInterceptor } from './http/leader-interceptor.ts'
export { Elections } from './module/elections.ts'
export { OarlockModule } from './module/oarlock.module.ts'
export type * from './module/options.ts'

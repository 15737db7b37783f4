// @oarlock/nestjs: leader election for NestJS.
export type {
  ElectionOptions,
  ExistingElection,
  FeatureOptions,
  Forward,
  ForwardedCall,
  OarlockModuleAsyncOptions,
  OarlockModuleExtras,
  OarlockModuleOptions,
  OarlockOptionsFactory,
  RedisBroker,
  TcpMembers,
} from './application/index.ts'
export { Elections } from './application/index.ts'
export {
  InjectElection,
  InjectLeaderElection,
  InjectLeadership,
  LeaderOnly,
  type LeaderOnlyOptions,
  OnElected,
  OnLeaderChange,
  OnRevoked,
} from './decorators/index.ts'
export {
  type CallOutcome,
  currentLeadership,
  defaultElection,
  type ElectionEvents,
  electionChannel,
  getElectionToken,
  getLeaderElectionToken,
  getLeadershipToken,
  LeaderElectionService,
  type LeaderRun,
  NotLeaderError,
} from './election/index.ts'
export { LeaderGuard, LeaderInterceptor } from './http/index.ts'
export { OarlockModule } from './module/index.ts'

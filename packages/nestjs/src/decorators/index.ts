// The decorators of an application's classes, and what the explorer reads of them.
export { bindElections, electionsOf, wantElections } from './bindings.ts'
export { checkElectionArgument } from './check-use.ts'
export { type ClassHandlers, classHandlersOf, setClassHandlers } from './class-handlers.ts'
export { InjectElection, InjectLeaderElection, InjectLeadership } from './inject.ts'
export { LeaderOnly, type LeaderOnlyMark, type LeaderOnlyOptions, leaderOnlyKey } from './leader-only.ts'
export { OnElected, type OnElection, OnLeaderChange, OnRevoked, onElectionKey } from './on-election.ts'

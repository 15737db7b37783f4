export type { AbortOptions, Election, ElectionState, ElectionStatus } from './election.ts'
export type { TaskContext } from './lead-tasks.ts'
export { RunningElection, type RunningElectionInit } from './running-election.ts'
export { happensBefore } from './wait.ts'

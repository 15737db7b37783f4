export type { AbortOptions, Election } from './election.ts'
export { RunningElection, type RunningElectionInit } from './running-election.ts'
export { happensBefore } from './wait.ts'

export type { NamedElection, NamedLeader, NamedLeadership } from './named-election.ts'
export { QueueElection } from './queue-election.ts'

export type { RedisElection } from './election.ts'
export type { RedisElectionOptions } from './options.ts'
export { redisElection } from './redis-election.ts'

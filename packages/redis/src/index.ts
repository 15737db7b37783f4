// @oarlock/redis: one leader among instances that know nothing but a Redis and a prefix.
export type { RedisSource } from './connection.ts'
export { type RedisElection, type RedisElectionOptions, redisElection } from './election.ts'
export { RedisReplyError, RedisUnavailableError } from './errors.ts'
export { type RedisTransportOptions, redisTransport } from './redis-transport.ts'
export type { ExistingClient, RedisOptions } from './source.ts'

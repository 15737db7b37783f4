// @oarlock/redis: one leader among instances that share only a Redis and a prefix.
export { type RedisTransportOptions, redisTransport } from './bus/index.ts'
export {
  type ExistingClient,
  type RedisOptions,
  RedisReplyError,
  type RedisSource,
  RedisUnavailableError,
} from './connection/index.ts'
export { type RedisElection, type RedisElectionOptions, redisElection } from './election/index.ts'

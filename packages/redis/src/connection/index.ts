// A connection to Redis that reconnects for ever, over the user's client library.
export { connect, type RedisConnection, share } from './connection.ts'
export { RedisReplyError, RedisUnavailableError } from './errors.ts'
export { type RedisProblem, RedisProblems } from './problem.ts'
export { prefixRule, redisRule } from './rules.ts'
export type { ExistingClient, RedisOptions, RedisSource } from './source.ts'
export { closeTimeout, fulfilledWithin } from './timeout.ts'

// A connection to Redis that is kept up, over the client library that the user has.
export { connect, type RedisConnection } from './connection.ts'
export { RedisReplyError, RedisUnavailableError } from './errors.ts'
export type { ExistingClient, RedisOptions, RedisSource } from './source.ts'
export { linger, within } from './timeout.ts'

// Raft's messages and the instances' announcements over channels of Redis.
export { RedisBus } from './bus.ts'
export { redisTransport } from './redis-transport.ts'
export type { RedisTransportOptions } from './redis-transport-options.ts'

// Raft's messages and the instances' announcements over channels of Redis.
export { RedisBus } from './bus.ts'
export { type RedisTransportOptions, redisTransport } from './redis-transport.ts'

// Transports: messages from member to member, over TCP or within a process.
export { type Address, parseAddress } from './address.ts'
export type { RetryDelays } from './back-off.ts'
export type { PeerStats } from './connection.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './memory-transport.ts'
export type { TcpTransportOptions } from './options.ts'
export { RateLimitedLog } from './rate-limited-log.ts'
export { TcpTransport } from './tcp-transport.ts'

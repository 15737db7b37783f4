// How messages get from member to member.

export type { RetryDelays } from './back-off.ts'
export type { PeerStats } from './connection.ts'
export { MemoryNetwork, type MemoryNetworkOptions } from './memory-transport.ts'
export { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

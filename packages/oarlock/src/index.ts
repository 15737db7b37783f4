// oarlock: leader election and replicated coordination for Node.js, embedded.
export { type ConnectedClient, type ConnectOptions, connect } from './client/index.ts'
export * from './errors.ts'
export { join } from './join.ts'
export {
  type CommonOptions,
  type FounderOptions,
  type JoinerOptions,
  jsonCodec,
  type MemberOptions,
} from './member/index.ts'
export { memberChannels, processClock } from './node/index.ts'
export * from './public-recipes.ts'
export * from './public-runtime.ts'
export * from './public-store.ts'
export * from './recover/index.ts'
export {
  type CloseReason,
  MemoryNetwork,
  type MessageDropReason,
  type PemSource,
  TcpTransport,
  type TlsOptions,
  type TransportDrops,
} from './transport/index.ts'
export { DiskLogStore, MemoryLogStore } from './wal/index.ts'

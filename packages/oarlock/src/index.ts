// oarlock: leader election and replicated coordination for Node.js, embedded.
export * from './errors.ts'
export * from './member/index.ts'
export { processClock } from './node/index.ts'
export * from './public-runtime.ts'
export { MemoryNetwork, TcpTransport } from './transport/index.ts'
export { DiskLogStore, MemoryLogStore } from './wal/index.ts'

// oarlock: leader election and replicated coordination for Node.js, embedded.
export * from './errors.ts'
export * from './member/index.ts'
export { MemoryNetwork, TcpTransport } from './transport/index.ts'
export { DiskLogStore, MemoryLogStore } from './wal/index.ts'

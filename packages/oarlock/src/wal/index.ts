// The log stores: what a member must not forget, on disk or in memory.
export type { Configuration } from './configuration.ts'
export { DiskLogStore } from './disk-log-store.ts'
export type { DiskLogStoreOptions } from './disk-log-store-options.ts'
export type { DirectoryLock, FileHandle, FileSystem } from './file-system.ts'
export { MemoryLogStore } from './memory-log-store.ts'
export { nodeFileSystem } from './node-file-system.ts'

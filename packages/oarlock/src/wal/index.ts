// The log stores: what a member must not forget, on disk or in memory.
export { DiskLogStore, type DiskLogStoreOptions } from './disk-log-store.ts'
export type { FileHandle, FileSystem } from './file-system.ts'
export { nodeFileSystem } from './file-system.ts'
export type { DirectoryLock } from './lock.ts'
export { MemoryLogStore } from './memory-log-store.ts'

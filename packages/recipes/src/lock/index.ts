export type { HeldLock, Lock, ReadWriteLock } from './lock.ts'
export { QueueLock, type QueueLockInit } from './queue-lock.ts'
export { checkPermits, mayHavePermit, mayRead } from './shared-locks.ts'

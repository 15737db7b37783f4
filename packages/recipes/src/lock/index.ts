export type { HeldLock, Lock } from './lock.ts'
export { QueueLock } from './queue-lock.ts'

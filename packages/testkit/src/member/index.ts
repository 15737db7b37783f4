export { type Arrival, LocalEvent, SnapshotKept } from './arrival.ts'
export type { CrashPoint } from './log-port.ts'
export { type NodeProfile, SimNode } from './node.ts'
export { Observer, type Watcher } from './observer.ts'

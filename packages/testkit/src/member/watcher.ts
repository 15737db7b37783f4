import type { SimNode } from './node.ts'
import type { WatcherOf } from './observer.ts'

/** A watcher of a run, such as a checker. */
export type Watcher = WatcherOf<SimNode>

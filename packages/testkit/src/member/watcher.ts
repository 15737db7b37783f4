import type { SimNode } from './node.ts'
import type { WatcherOf } from './observer.ts'

/** Whoever watches a run, as the checkers do. */
export type Watcher = WatcherOf<SimNode>

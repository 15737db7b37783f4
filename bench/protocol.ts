// The messages between the benchmark and the processes of its cluster, over the channel of
// child_process.fork.
import type { StoreOrder, StoreReport } from './store/protocol.ts'

/** `throughput` is in writes or reads a second, latencies are in microseconds. */
export interface LoadResult {
  readonly throughput: number
  readonly p50: number
  readonly p99: number
}

export type Order =
  | StoreOrder
  /**
   * To the leader: propose from `concurrency` loops, each awaiting its last write, for `seconds` after the
   * warm-up.
   */
  | { readonly type: 'load'; readonly concurrency: number; readonly seconds: number }
  /** As `load`, of reads, on any member. */
  | {
      readonly type: 'read'
      readonly consistency: 'linearizable' | 'lease' | 'local'
      readonly concurrency: number
      readonly seconds: number
    }
  /** To the leader: propose once, and report the index of the entry. */
  | { readonly type: 'mark' }
  /** Report when everything up to `index` is applied. */
  | { readonly type: 'catchUp'; readonly index: number }
  /** Close the member and exit, so that a CPU profile is written. */
  | { readonly type: 'close' }

/**
 * Times are process.hrtime in nanoseconds, as text. That clock is the same for every process of the machine.
 */
export type Report =
  | StoreReport
  | { readonly type: 'joined' }
  /** This member has held leadership since `at`. */
  | { readonly type: 'leading'; readonly fence: number; readonly at: string }
  /** The first write of this leadership was committed at `at`. */
  | { readonly type: 'committed'; readonly fence: number; readonly at: string }
  | { readonly type: 'loaded'; readonly result: LoadResult }
  | { readonly type: 'marked'; readonly index: number }
  | { readonly type: 'caughtUp'; readonly index: number }
  | { readonly type: 'failed'; readonly error: string }

// What the benchmark and the processes of its cluster say to one another (over the channel of child_process.fork).

/** One figure: `throughput` in writes a second, latencies in microseconds. */
export interface LoadResult {
  readonly throughput: number
  readonly p50: number
  readonly p99: number
}

export type Order =
  /** Leader: propose from `concurrency` loops, each awaiting its last write, for `seconds` after warming up. */
  | { readonly type: 'load'; readonly concurrency: number; readonly seconds: number }
  /** Leader: propose once, and say where it was written. */
  | { readonly type: 'mark' }
  /** Say when everything up to `index` is applied. */
  | { readonly type: 'catchUp'; readonly index: number }
  /** Close the member and exit, so that a CPU profile is written. */
  | { readonly type: 'close' }

/** Clocks are process.hrtime in nanoseconds, the same for every process of the machine, as text. */
export type Report =
  | { readonly type: 'joined' }
  /** This member holds leadership since `at`. */
  | { readonly type: 'leading'; readonly fence: number; readonly at: string }
  /** The first write of this leadership was committed at `at`. */
  | { readonly type: 'committed'; readonly fence: number; readonly at: string }
  | { readonly type: 'loaded'; readonly result: LoadResult }
  | { readonly type: 'marked'; readonly index: number }
  | { readonly type: 'caughtUp'; readonly index: number }
  | { readonly type: 'failed'; readonly error: string }

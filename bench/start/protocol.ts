// The messages of the processes of `npm run bench:start`.

/** The first argument of the program, as JSON. */
export type Task =
  /** Make a data directory as a member leaves it: two snapshots, and the log from the older one on. */
  | {
      readonly type: 'make'
      readonly data: string
      readonly stateBytes: number
      /** Of log after each snapshot. */
      readonly logBytes: number
    }
  /** Start a member on that directory. */
  | { readonly type: 'start'; readonly data: string }
  /** Read the file as a plain stream into the same state machine, without a member. */
  | { readonly type: 'read'; readonly file: string }

/** Times in ms since the call of `join`, memory in bytes. */
export interface Start {
  /** `join` has resolved: the directory is open, and the member listens. */
  readonly joined: number
  /** The state machine has the state of the snapshot. */
  readonly restored: number
  /** It has applied what the log held. */
  readonly replayed: number
  /** The first write after the start is committed and applied. */
  readonly written: number
  readonly entries: number
  /** The most resident memory of the process. */
  readonly peak: number
}

export type Report =
  | { readonly type: 'made' }
  | { readonly type: 'started'; readonly start: Start }
  /** How long it took, in ms. */
  | { readonly type: 'read'; readonly took: number; readonly peak: number }
  /** A line of the log of the member. */
  | { readonly type: 'said'; readonly at: number; readonly line: string }
  | { readonly type: 'failed'; readonly error: string }

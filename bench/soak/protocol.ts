// The messages between the soak test and its members, over the channel of child_process.fork.

/** The first argument of a member's program, as JSON. */
export interface MemberArguments {
  readonly id: string
  readonly peers: Readonly<Record<string, string>>
  readonly data: string
  /** The size of the state machine's state. */
  readonly stateBytes: number
  /** Loops that write, in the process of the leader. */
  readonly proposers: number
  /** Loops that read, in each process. */
  readonly readers: number
}

export type Order =
  /** Report `counts`. */
  { readonly type: 'count' }

/** Memory in bytes. */
export interface Counts {
  readonly rss: number
  readonly heapUsed: number
  readonly heapTotal: number
  /** Outside the heap: array buffers, among others. */
  readonly external: number
  /** The tail of the log in memory. */
  readonly logMemory: number
  /** Of the newest snapshot. */
  readonly snapshotBytes: number
  readonly snapshots: number
  readonly commit: number
  /** Reads that were served. */
  readonly reads: number
  readonly leads: boolean
  /** Leaderships that this member won. */
  readonly leaderships: number
  /** Writes and reads that failed, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>
}

export type Report =
  /** It leads, and its first write is committed. */
  | { readonly type: 'writing' }
  | { readonly type: 'counts'; readonly counts: Counts }
  /** A warning or an error in the log of the member. */
  | { readonly type: 'said'; readonly message: string }
  | { readonly type: 'failed'; readonly error: string }

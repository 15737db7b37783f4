// The messages between a trial over slow links and its members, over the channel of child_process.fork.

/** The first argument of a member's program, as JSON. */
export interface MemberArguments {
  readonly id: string
  readonly peers: Readonly<Record<string, string>>
  readonly data: string
  /** Of the random commands, in bytes. */
  readonly commandBytes: number
  /** How long a proposal may take, in ms. */
  readonly proposeTimeout: number
}

export type Order =
  /** Run this many loops until the process ends. Each proposes again when its last proposal is applied. */
  | { readonly type: 'load'; readonly proposers: number }
  /** Report `counts`. */
  | { readonly type: 'count' }

export interface Counts {
  /** Applied here, of commands. */
  readonly bytes: number
  /** Resolved here. */
  readonly committed: number
  /** Rejected here, by the code of the error. */
  readonly failed: Readonly<Record<string, number>>
}

export type Report =
  | { readonly type: 'joined' }
  | { readonly type: 'leading'; readonly fence: number }
  | { readonly type: 'counts'; readonly counts: Counts }
  | { readonly type: 'failed'; readonly error: string }

// The public face of a member. (The driver behind it is driver.ts.)
import type { Explanation, Index, Millis, NodeId, RaftView, Role, Term } from '@oarlock/core'
import type { Clock, Codec, Logger, LogStore, StateMachine, Transport } from './ports.ts'

/** Strictly increasing from leadership to leadership, never reused (it is the Raft term). Check it where the side effect lands. */
export type Fence = number

export interface AbortOptions {
  readonly signal?: AbortSignal
}

export interface LeaderInfo {
  readonly id: NodeId
  /** The fence of that leadership. */
  readonly fence: Fence
}

/** One leadership, from its beginning to its end. Once lost it is never held again: the next one is a new value with a greater fence. */
export interface Leadership {
  readonly fence: Fence
  /**
   * Compares the monotonic clock with the lease's deadline at every access: right even after a stalled event loop. Once it
   * was false it stays false.
   */
  readonly held: boolean
  /** The monotonic clock (performance.now() of this process) at which the lease ends unless it is renewed, or at which it ended. */
  readonly deadline: Millis
  /** Aborted with a LeadershipLostError when it ends, or with a MemberClosedError when the member begins to close. */
  readonly signal: AbortSignal
  /** Throws LeadershipLostError unless `held`. */
  assertHeld(): void
}

export interface MemberStatus {
  readonly id: NodeId
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | null
  readonly commit: Index
  readonly applied: Index
  readonly lastIndex: Index
}

export interface MemberOptions<Command, Result> {
  /** This member's name: a key of `peers`. */
  readonly id: NodeId
  /** Every member of the cluster, this one included, with its 'host:port'. */
  readonly peers: Readonly<Record<NodeId, string>>
  /** 'host:port' to listen on. Default: this member's address in `peers`. */
  readonly listen?: string
  /** The directory of this member's log. Made if it is not there. Needed unless `logStore` is given. */
  readonly data?: string
  /** The cluster's name: members of different clusters refuse one another. Default 'oarlock'. */
  readonly cluster?: string
  /** What the cluster replicates. Without one, commands are agreed on and `propose` resolves with undefined. */
  readonly machine?: StateMachine<Command, Result>
  /** How commands become bytes. Default JSON. */
  readonly codec?: Codec<Command>
  /** The shortest time without a leader before an election, in ms. The same on every member: leases rest on it. Default 500. */
  readonly electionTimeout?: Millis
  /** In ms. Default electionTimeout / 5. */
  readonly heartbeatInterval?: Millis
  /**
   * Who leads rather, where several members could: a whole number from 0 to 100. A leader hands over to a member of a greater one.
   * Default 1.
   */
  readonly priority?: number
  /**
   * `witness`: votes and keeps the log, and has no state machine: with two full members a third vote that costs little. It never
   * holds leadership. Default 'full'.
   */
  readonly kind?: 'full' | 'witness'
  /**
   * `election`: the cluster elects and replicates nothing. Its log stays empty, and `propose` throws. The same on every member.
   * Default 'replication'.
   */
  readonly purpose?: 'replication' | 'election'
  /** How long `propose` waits before it fails, in ms. Default 10 × electionTimeout. */
  readonly proposeTimeout?: Millis
  /** How long `close` waits for `lead` tasks to end, in ms. Default 5000. */
  readonly drainTimeout?: Millis
  /**
   * Signals on which the member closes. Once it has, and if nobody else listens for the signal, the signal is raised again
   * with its default action. A second one does that at once. Default ['SIGTERM', 'SIGINT']; [] for none.
   */
  readonly shutdownSignals?: readonly NodeJS.Signals[]
  /** Default: says nothing, but on the console when the member had to stop. */
  readonly logger?: Logger
  /** Ports of your own, instead of the log on disk, TCP and the process's clock. */
  readonly logStore?: LogStore
  readonly transport?: Transport
  readonly clock?: Clock
  /** Uniform in [0, 1). Default Math.random. */
  readonly random?: () => number
}

export interface Member<Command, Result> extends AsyncDisposable {
  readonly id: NodeId
  /** The leadership this member has now, or null. */
  readonly leadership: Leadership | null
  /**
   * Resolves with the state machine's result once applied here. Forwards to the leader; while there is none, or it refuses,
   * tries again until `proposeTimeout`. Errors have an `outcome`: InvalidCommandError, ElectionOnlyError, NoLeaderError, ProposalLostError and
   * TooManyUncommittedError (`not-applied`), ProposalTimeoutError (`unknown`), ProposalAbortedError and MemberClosedError
   * (either). Nothing is proposed twice by this call; a caller that repeats an `unknown` one may have it applied twice.
   */
  propose(command: Command, options?: AbortOptions): Promise<Result>
  /**
   * Runs `task` while this member leads, and again whenever leadership returns, until the task returns by itself (its
   * value is the result), throws while the leadership is held (that is thrown), `signal` aborts (its reason is thrown), or
   * the member closes (undefined, or what the task returned on its way out; MemberClosedError if the member had to stop).
   * The task must end when its leadership's `signal` aborts, as it also does on this call's own; the next run waits for that.
   * However it ends after the leadership was lost, it is run again at the next one.
   */
  lead<T>(task: (leadership: Leadership) => Promise<T>, options?: AbortOptions): Promise<T | undefined>
  /** Who leads, as this member knows it: the latest value at once, then each change; may skip. Ends when the member closes or `signal` aborts. */
  observe(options?: AbortOptions): AsyncIterable<LeaderInfo | null>
  status(): MemberStatus
  /** Everything the core knows, for tools and dashboards. Times are of this process's monotonic clock. */
  inspect(): RaftView
  /**
   * Why is there no leader? Who refused whom, for what reason, who did not answer, and why this member does not stand, as far as
   * this member knows; `String(member.why())` is a sentence a line. explainNoLeader tells more from the `inspect()` of several.
   */
  why(): Explanation
  /**
   * Hands leadership over (default: to the most caught-up member, which only the leader can choose); resolves with the new
   * leader. Throws TransferFailedError, or the signal's reason.
   */
  transferLeadership(options?: AbortOptions & { readonly to?: NodeId }): Promise<NodeId>
  /**
   * Leaves in order. Aborts the leadership's `signal` while it is still `held`; waits for `lead` tasks (`drainTimeout`), which
   * may still propose; hands leadership over; then fails what still waits, and releases socket and disk. Idempotent.
   */
  close(): Promise<void>
  /** Resolves when the member has closed; rejects when it had to stop (a failed disk, a broken invariant, a throwing state machine). */
  readonly closed: Promise<void>
}

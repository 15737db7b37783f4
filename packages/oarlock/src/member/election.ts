// What an application sees of an election, whoever runs it: a member of ours, or instances that meet at a broker.
import type { Explanation, Millis, NodeId } from '@oarlock/core'

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

export interface Election extends AsyncDisposable {
  /** Who stands here: the name that others see when it leads. */
  readonly id: NodeId
  /** The leadership that is held here now, or null. */
  readonly leadership: Leadership | null
  /** Who leads, as it is known here; null: nobody, or nobody is known. */
  readonly leader: LeaderInfo | null
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
  /**
   * Why is there no leader? Who refused whom, for what reason, who did not answer, and why this member does not stand, as far as
   * this member knows; `String(member.why())` is a sentence a line. explainNoLeader tells more from the `inspect()` of several members.
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

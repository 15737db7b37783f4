// The public interface of an election, whether a member of ours runs it or instances that meet at a broker.
import type { Explanation, NodeId } from '@oarlock/core'
import type { LeaderInfo, Leadership } from '../leadership/index.ts'

export interface AbortOptions {
  readonly signal?: AbortSignal
}

export interface Election extends AsyncDisposable {
  /** The name that others see when this member leads. */
  readonly id: NodeId
  /** The leadership that this member has now, or null. */
  readonly leadership: Leadership | null
  /** The leader that this member knows; null: there is none, or none is known. */
  readonly leader: LeaderInfo | null
  /**
   * Runs `task` while this member leads, and again whenever leadership returns. It ends when
   * - the task returns by itself: resolves with its value;
   * - the task throws while the leadership is held: rejects with that error;
   * - `signal` aborts: rejects with its reason;
   * - the member closes: resolves with undefined, or with the value that the task returned on its way out. If the member
   *   had to stop, rejects with MemberClosedError.
   *
   * The task must end when its leadership's `signal` aborts (this call's own `signal` aborts it too); the next run waits for
   * that. A task that ends after its leadership was lost, in whatever way, runs again at the next leadership.
   */
  lead<T>(task: (leadership: Leadership) => Promise<T>, options?: AbortOptions): Promise<T | undefined>
  /** The leader that this member knows: the value now, then each change; may skip some. Ends when the member closes or `signal` aborts. */
  observe(options?: AbortOptions): AsyncIterable<LeaderInfo | null>
  /**
   * Says why there is no leader: which member refused which, for what reason, which did not answer, and why this member does not
   * stand for election, as far as this member knows. `String(member.why())` is one sentence a line. `explainNoLeader` tells more,
   * from the `inspect()` of several members.
   */
  why(): Explanation
  /**
   * Transfers leadership to `to`, by default to the most caught-up member (only the leader can choose that). Resolves with the
   * new leader. Rejects with TransferFailedError, or with the signal's reason.
   */
  transferLeadership(options?: AbortOptions & { readonly to?: NodeId }): Promise<NodeId>
  /**
   * Shuts down gracefully. Aborts the leadership's `signal` while it is still `held`; waits for the tasks of `lead` (at most
   * `drainTimeout`), which may still propose; transfers leadership; then fails pending calls, and releases socket and disk.
   * Idempotent.
   */
  close(): Promise<void>
  /** Resolves when the member has closed; rejects when it had to stop (a failed disk, a broken invariant, a throwing state machine). */
  readonly closed: Promise<void>
}

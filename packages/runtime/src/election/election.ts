// The public interface of an election, for members of a cluster and for instances that meet at a broker.
import type { Explanation, Finding, NodeId } from '@oarlock/core'
import type { LeaderInfo, Leadership } from '../leadership/index.ts'

export interface AbortOptions {
  readonly signal?: AbortSignal
}

/**
 * `waiting`: it takes no part yet, because it waits for others: for its founders, a broker or its
 * application. `running`: it takes part. `closing`, `closed`: `close` was called. `stopped`: it had to stop.
 */
export type ElectionState = 'waiting' | 'running' | 'closing' | 'closed' | 'stopped'

/** For health checks and dashboards: plain data, which survives JSON. */
export interface ElectionStatus {
  readonly id: NodeId
  readonly state: ElectionState
  /** Whether leadership is held here at this moment. */
  readonly held: boolean
  /** The leader that is known here; null: there is none, or none is known. */
  readonly leader: NodeId | null
  /**
   * What is wrong as far as this member knows, the most important first. Empty: nothing. The kinds never
   * change, the texts may.
   */
  readonly problems: readonly Finding[]
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
   * - the member closes: resolves with the task's value if it returns one when told to end, otherwise with
   *   undefined. If the member had to stop, rejects with MemberClosedError.
   *
   * The task must end when its leadership's `signal` aborts (this call's `signal` aborts it too). The next
   * run waits for that. A task that ends after its leadership was lost runs again at the next one, whether it
   * returned or threw.
   */
  lead<T>(task: (leadership: Leadership) => Promise<T>, options?: AbortOptions): Promise<T | undefined>
  /**
   * The leader that this member knows: the value now, then each change. It may skip some. Ends when the
   * member closes or `signal` aborts.
   */
  observe(options?: AbortOptions): AsyncIterable<LeaderInfo | null>
  /**
   * Says why there is no leader, as far as this member knows: which member refused which and for what reason,
   * which is not reachable and why, and why this member does not stand for election. If there is a leader it
   * says so, and what else is wrong. `String(member.why())` has one sentence per line. `explainNoLeader` says
   * more, from the `inspect()` of several members.
   */
  why(): Explanation
  /** The state at this moment, and what is wrong. */
  status(): ElectionStatus
  /**
   * Transfers leadership to `to`, by default to the most caught-up member (only the leader can choose that).
   * Resolves with the new leader. Rejects with TransferFailedError, or with the signal's reason.
   */
  transferLeadership(options?: AbortOptions & { readonly to?: NodeId }): Promise<NodeId>
  /**
   * Shuts down gracefully. Aborts the leadership's `signal` while it is still `held`, and waits for the tasks
   * of `lead` (at most `drainTimeout`), which may still propose. Then transfers leadership, fails pending
   * calls, and releases socket and disk. Idempotent. A task may await it: `close` does not wait for that task,
   * nor for one that began the function or timer in which `close` is awaited.
   */
  close(): Promise<void>
  /**
   * Resolves when the member has closed. Rejects when it had to stop: the disk failed, an invariant was
   * broken, or the state machine threw.
   */
  readonly closed: Promise<void>
}

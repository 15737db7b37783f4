// Leadership, as applications see it.
import type { Millis, NodeId } from '@oarlock/core'

/**
 * Increases strictly from leadership to leadership, and is never reused (it is the Raft term). Check it where
 * the side effect lands.
 */
export type Fence = number

export interface LeaderInfo {
  readonly id: NodeId
  /** The fence of that leadership. */
  readonly fence: Fence
}

export const sameLeader = (a: LeaderInfo | null, b: LeaderInfo | null): boolean =>
  a?.id === b?.id && a?.fence === b?.fence

/**
 * One leadership, from its beginning to its end. Once lost it is never held again: the next one is a new
 * value with a greater fence.
 */
export interface Leadership {
  readonly fence: Fence
  /**
   * Compares the monotonic clock with the lease's deadline at every access, so it is right even after the
   * event loop stalled. Once false, it stays false.
   */
  readonly held: boolean
  /**
   * When the lease ends unless it is renewed, or when it ended, by the monotonic clock (`performance.now()`
   * of this process).
   */
  readonly deadline: Millis
  /** Aborts with LeadershipLostError at its end, or with MemberClosedError once the member is closing. */
  readonly signal: AbortSignal
  /** Throws LeadershipLostError unless `held`. */
  assertHeld(): void
}

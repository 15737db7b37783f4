// What an application sees of leadership.
import type { Millis, NodeId } from '@oarlock/core'

/** Strictly increasing from leadership to leadership, never reused (it is the Raft term). Check it where the side effect lands. */
export type Fence = number

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
  /** When the lease ends unless it is renewed, or when it ended, on the monotonic clock (`performance.now()` of this process). */
  readonly deadline: Millis
  /** Aborted with a LeadershipLostError when it ends, or with a MemberClosedError when the member begins to close. */
  readonly signal: AbortSignal
  /** Throws LeadershipLostError unless `held`. */
  assertHeld(): void
}

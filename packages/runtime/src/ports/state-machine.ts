import type { Index, Millis, Term } from '@oarlock/core'

export interface ApplyContext {
  /** The command's place in the log: it increases with each command, and is the same on every member. */
  readonly index: Index
  readonly term: Term
  /**
   * The time in ms that the cluster has had a leader, as the leader wrote it into this command. It never goes
   * back, is the same on every member, and stands still while nobody leads. Let leases and the like expire by it,
   * and by no clock. What a new leader cannot see is lost: the time since the last command.
   */
  readonly leaderTime: Millis
}

/**
 * The state that the cluster replicates. `apply` is called with the same commands in the same order on every
 * member, so it must be synchronous and deterministic (no clock, no randomness, no I/O). On the member that
 * proposed, `propose` resolves with its result. An exception or a promise stops the member with
 * StateMachineError: return failures as results.
 */
export interface StateMachine<Command, Result, Query = never, Answer = never> {
  apply(command: Command, context: ApplyContext): Result
  /**
   * Answers `read` from the state. It is synchronous, and must not change the state: the other members do not
   * make that change. An exception or a promise rejects that one read with QueryError.
   */
  query?(query: Query): Answer
  /** Without it the log is never compacted: it grows on disk, and each start applies all of it. */
  readonly snapshots?: MachineSnapshots
}

/** How a state machine is written to a snapshot, and restored from one. */
export interface MachineSnapshots {
  /** The version of the bytes, from 0. A snapshot of a newer format than this is refused. */
  readonly format: number
  /**
   * The whole state as bytes. The view is the state at the call: commands that are applied while the bytes are
   * read must not show in it. So copy the state, or use structures that are not changed in place, before this
   * returns. It is called at the end of a turn and must return at once. The stream is read to its end, or closed
   * early with its `return`. If it throws, there is no snapshot, the log stays, and the next try comes later.
   */
  take(): AsyncIterable<Uint8Array>
  /**
   * Replaces the whole state by that of these bytes, which `take` of this `format` or an older one has made.
   * Chunks have other boundaries than those of `take`. Nothing is applied and no query is asked meanwhile. If the
   * stream throws, the bytes are damaged: reject. Then it is called again with another snapshot, or the member
   * stops. Another failure stops the member with StateMachineError.
   */
  restore(chunks: AsyncIterable<Uint8Array>, format: number): Promise<void>
}

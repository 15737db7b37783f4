import type { Index, Term } from '@oarlock/core'

export interface ApplyContext {
  /** The command's place in the log: it increases with each command, and is the same on every member. */
  readonly index: Index
  readonly term: Term
}

/**
 * The state that the cluster replicates. `apply` is called with the same commands in the same order on every
 * member, so it must be synchronous and deterministic (no clock, no randomness, no I/O). On the member that
 * proposed, `propose` resolves with its result. An exception or a promise stops the member with
 * StateMachineError: return failures as results.
 */
export interface StateMachine<Command, Result> {
  apply(command: Command, context: ApplyContext): Result
}

// Every error says what happened to the write it was about (`outcome`), under a `code` that never changes.
import type { NodeId } from '@oarlock/core'

/** `not-applied`: it did not and will not take effect. `unknown`: it may have, or may still. `not-a-write`: nothing was to change. */
export type Outcome = 'not-applied' | 'unknown' | 'not-a-write'

/** What is known besides the message when an error is made. */
export interface ErrorFacts {
  readonly leader?: NodeId | null
  readonly cause?: unknown
}

export abstract class OarlockError extends Error {
  abstract readonly code: `OARLOCK_${Uppercase<string>}`
  abstract readonly outcome: Outcome
  /** Who leads, as far as is known: where to turn instead. */
  readonly leader: NodeId | null

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined)
    this.leader = facts.leader ?? null
  }
}

/** Options that cannot work. */
export class InvalidOptionsError extends OarlockError {
  override readonly name = 'InvalidOptionsError'
  readonly code = 'OARLOCK_INVALID_OPTIONS'
  readonly outcome = 'not-a-write'
}

/** A write or fsync of the log failed. The member stops: what the disk holds is not known any more. */
export class LogWriteError extends OarlockError {
  override readonly name = 'LogWriteError'
  readonly code = 'OARLOCK_LOG_WRITE'
  readonly outcome = 'unknown'
}

/** Bytes that are not what they should be: a frame or record of another version, or damaged. */
export class DecodeError extends OarlockError {
  override readonly name = 'DecodeError'
  readonly code = 'OARLOCK_DECODE'
  readonly outcome = 'not-a-write'
}

/** The command could not be made into bytes; `cause` says why. */
export class InvalidCommandError extends OarlockError {
  override readonly name = 'InvalidCommandError'
  readonly code = 'OARLOCK_INVALID_COMMAND'
  readonly outcome = 'not-applied'
}

/** This cluster elects and replicates nothing (`purpose: 'election'`). */
export class ElectionOnlyError extends OarlockError {
  override readonly name = 'ElectionOnlyError'
  readonly code = 'OARLOCK_ELECTION_ONLY'
  readonly outcome = 'not-applied'
}

/** No leader took the proposal before its time was up. */
export class NoLeaderError extends OarlockError {
  override readonly name = 'NoLeaderError'
  readonly code = 'OARLOCK_NO_LEADER'
  readonly outcome = 'not-applied'
}

/** The proposal was handed to a leader and its fate was not known in time: it may have been applied, or may still be. */
export class ProposalTimeoutError extends OarlockError {
  override readonly name = 'ProposalTimeoutError'
  readonly code = 'OARLOCK_PROPOSAL_TIMEOUT'
  readonly outcome = 'unknown'
}

/** The caller's signal aborted first; `cause` is the signal's reason. */
export class ProposalAbortedError extends OarlockError {
  override readonly name = 'ProposalAbortedError'
  readonly code = 'OARLOCK_PROPOSAL_ABORTED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** Another leader's entry took the proposal's place in the log: it was not applied and never will be. */
export class ProposalLostError extends OarlockError {
  override readonly name = 'ProposalLostError'
  readonly code = 'OARLOCK_PROPOSAL_LOST'
  readonly outcome = 'not-applied'
}

/** The leader holds as many uncommitted bytes as it may: propose more slowly. */
export class TooManyUncommittedError extends OarlockError {
  override readonly name = 'TooManyUncommittedError'
  readonly code = 'OARLOCK_TOO_MANY_UNCOMMITTED'
  readonly outcome = 'not-applied'
}

/** The member is closed, or had to stop; then `cause` says why. */
export class MemberClosedError extends OarlockError {
  override readonly name = 'MemberClosedError'
  readonly code = 'OARLOCK_MEMBER_CLOSED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** The leadership is over. What was begun under it must be checked against its fence where it takes effect. */
export class LeadershipLostError extends OarlockError {
  override readonly name = 'LeadershipLostError'
  readonly code = 'OARLOCK_LEADERSHIP_LOST'
  readonly outcome = 'not-a-write'
}

/** Leadership was not handed over: refused (`not-applied`), or not seen to happen in time (`unknown`). */
export class TransferFailedError extends OarlockError {
  override readonly name = 'TransferFailedError'
  readonly code = 'OARLOCK_TRANSFER_FAILED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** The state machine (or its codec) threw while applying a committed command. The member stops; `cause` is what it threw. */
export class StateMachineError extends OarlockError {
  override readonly name = 'StateMachineError'
  readonly code = 'OARLOCK_STATE_MACHINE'
  readonly outcome = 'unknown'
}

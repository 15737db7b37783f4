// Every error has an `outcome`, which says what happened to its write, and a `code` that never changes.
import type { NodeId } from '@oarlock/core'

/**
 * `not-applied`: the write did not take effect, and will not. `unknown`: it may have taken effect, or may do
 * so later. `not-a-write`: the call was not a write.
 */
export type Outcome = 'not-applied' | 'unknown' | 'not-a-write'

/** Further facts of an error. */
export interface ErrorFacts {
  readonly leader?: NodeId | null
  readonly cause?: unknown
}

/** On the prototype of the errors of every copy of this package. */
const brand = Symbol.for('oarlock.error')

/** Also for errors of another copy of the package, such as the ES modules beside CommonJS. */
export const isOarlockError = (value: unknown): value is OarlockError =>
  typeof value === 'object' && value !== null && brand in value

/** `instanceof`. A class of ours has its code. A class of the application inherits one, and has no other copy. */
function isInstance(this: object, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(this, value)) return true
  if (!isOarlockError(value)) return false
  return Object.hasOwn(this, 'code') ? Reflect.get(this, 'code') === value.code : this === OarlockError
}

/** `instanceof` holds for errors of another copy of the package, too. */
export abstract class OarlockError extends Error {
  static {
    Object.defineProperty(OarlockError.prototype, brand, { value: true })
    Object.defineProperty(OarlockError, Symbol.hasInstance, { value: isInstance })
  }

  abstract readonly code: `OARLOCK_${Uppercase<string>}`
  abstract readonly outcome: Outcome
  /** The id of the leader, if it is known. Another attempt can go there. */
  readonly leader: NodeId | null

  constructor(message: string, facts: ErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined)
    this.leader = facts.leader ?? null
  }
}

/** Options that cannot work. */
export class InvalidOptionsError extends OarlockError {
  static readonly code = 'OARLOCK_INVALID_OPTIONS'
  override readonly name = 'InvalidOptionsError'
  readonly code = 'OARLOCK_INVALID_OPTIONS'
  readonly outcome = 'not-a-write'
}

/** A write or fsync of the log failed. The member stops: the content of the disk is no longer known. */
export class LogWriteError extends OarlockError {
  static readonly code = 'OARLOCK_LOG_WRITE'
  override readonly name = 'LogWriteError'
  readonly code = 'OARLOCK_LOG_WRITE'
  readonly outcome = 'unknown'
}

/**
 * The leader knows that this member has stored entries that it does not have any more. The member stops: it may
 * have acknowledged them, and others count on that.
 */
export class LostEntriesError extends OarlockError {
  override readonly name = 'LostEntriesError'
  static readonly code = 'OARLOCK_LOST_ENTRIES'
  readonly code = 'OARLOCK_LOST_ENTRIES'
  readonly outcome = 'unknown'
}

/**
 * A snapshot on disk, or one that was received, is not what was written: its checksums do not match, or bytes
 * are missing.
 */
export class SnapshotDamagedError extends OarlockError {
  static readonly code = 'OARLOCK_SNAPSHOT_DAMAGED'
  override readonly name = 'SnapshotDamagedError'
  readonly code = 'OARLOCK_SNAPSHOT_DAMAGED'
  readonly outcome = 'not-a-write'
}

/**
 * A snapshot was written by a newer version of the program, in a format that this one does not know. The member
 * stops, and its data stays as it is: start it with the newer version.
 */
export class SnapshotFormatError extends OarlockError {
  static readonly code = 'OARLOCK_SNAPSHOT_FORMAT'
  override readonly name = 'SnapshotFormatError'
  readonly code = 'OARLOCK_SNAPSHOT_FORMAT'
  readonly outcome = 'not-a-write'
}

/** The snapshot that was asked for could not be taken (`cause` says why). The log stays, and nothing is lost. */
export class SnapshotFailedError extends OarlockError {
  static readonly code = 'OARLOCK_SNAPSHOT_FAILED'
  override readonly name = 'SnapshotFailedError'
  readonly code = 'OARLOCK_SNAPSHOT_FAILED'
  readonly outcome = 'not-a-write'
}

/** The state machine or the log store of this member offers no snapshots. */
export class NoSnapshotsError extends OarlockError {
  static readonly code = 'OARLOCK_NO_SNAPSHOTS'
  override readonly name = 'NoSnapshotsError'
  readonly code = 'OARLOCK_NO_SNAPSHOTS'
  readonly outcome = 'not-a-write'
}

/** Bytes that cannot be decoded: they are damaged, or a frame or record of another version. */
export class DecodeError extends OarlockError {
  static readonly code = 'OARLOCK_DECODE'
  override readonly name = 'DecodeError'
  readonly code = 'OARLOCK_DECODE'
  readonly outcome = 'not-a-write'
}

/** The command could not be encoded (`cause` says why), or is too large. */
export class InvalidCommandError extends OarlockError {
  static readonly code = 'OARLOCK_INVALID_COMMAND'
  override readonly name = 'InvalidCommandError'
  readonly code = 'OARLOCK_INVALID_COMMAND'
  readonly outcome = 'not-applied'
}

/** This cluster elects a leader and replicates nothing (`purpose: 'election'`). */
export class ElectionOnlyError extends OarlockError {
  static readonly code = 'OARLOCK_ELECTION_ONLY'
  override readonly name = 'ElectionOnlyError'
  readonly code = 'OARLOCK_ELECTION_ONLY'
  readonly outcome = 'not-applied'
}

/** No leader accepted the proposal in time. */
export class NoLeaderError extends OarlockError {
  static readonly code = 'OARLOCK_NO_LEADER'
  override readonly name = 'NoLeaderError'
  readonly code = 'OARLOCK_NO_LEADER'
  readonly outcome = 'not-applied'
}

/** The proposal was submitted to a leader, but its result was not known in time. It may be applied yet. */
export class ProposalTimeoutError extends OarlockError {
  static readonly code = 'OARLOCK_PROPOSAL_TIMEOUT'
  override readonly name = 'ProposalTimeoutError'
  readonly code = 'OARLOCK_PROPOSAL_TIMEOUT'
  readonly outcome = 'unknown'
}

/** The caller's signal aborted first; `cause` is the signal's reason. */
export class ProposalAbortedError extends OarlockError {
  static readonly code = 'OARLOCK_PROPOSAL_ABORTED'
  override readonly name = 'ProposalAbortedError'
  readonly code = 'OARLOCK_PROPOSAL_ABORTED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** Another leader's entry replaced the proposal in the log. It was not applied, and never will be. */
export class ProposalLostError extends OarlockError {
  static readonly code = 'OARLOCK_PROPOSAL_LOST'
  override readonly name = 'ProposalLostError'
  readonly code = 'OARLOCK_PROPOSAL_LOST'
  readonly outcome = 'not-applied'
}

/** The leader's limit of uncommitted bytes is reached: propose more slowly. */
export class TooManyUncommittedError extends OarlockError {
  static readonly code = 'OARLOCK_TOO_MANY_UNCOMMITTED'
  override readonly name = 'TooManyUncommittedError'
  readonly code = 'OARLOCK_TOO_MANY_UNCOMMITTED'
  readonly outcome = 'not-applied'
}

/** The member is closed, or had to stop. Then `cause` says why. */
export class MemberClosedError extends OarlockError {
  static readonly code = 'OARLOCK_MEMBER_CLOSED'
  override readonly name = 'MemberClosedError'
  readonly code = 'OARLOCK_MEMBER_CLOSED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** The leadership is over. Where work begun under it takes effect, it must be checked by its fence. */
export class LeadershipLostError extends OarlockError {
  static readonly code = 'OARLOCK_LEADERSHIP_LOST'
  override readonly name = 'LeadershipLostError'
  readonly code = 'OARLOCK_LEADERSHIP_LOST'
  readonly outcome = 'not-a-write'
}

/** Leadership was not transferred (`not-applied`), or the transfer was not confirmed in time (`unknown`). */
export class TransferFailedError extends OarlockError {
  static readonly code = 'OARLOCK_TRANSFER_FAILED'
  override readonly name = 'TransferFailedError'
  readonly code = 'OARLOCK_TRANSFER_FAILED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** The transport that was handed in threw in `send` (see `cause`), which it must not. The member stops. */
export class TransportError extends OarlockError {
  static readonly code = 'OARLOCK_TRANSPORT'
  override readonly name = 'TransportError'
  readonly code = 'OARLOCK_TRANSPORT'
  readonly outcome = 'unknown'
}

/** The change of the membership was not made (`reason` says why), or it is not known whether it was. */
export class ReconfigureError extends OarlockError {
  static readonly code = 'OARLOCK_RECONFIGURE'
  override readonly name = 'ReconfigureError'
  readonly code = 'OARLOCK_RECONFIGURE'
  readonly outcome: Outcome
  readonly reason: ReconfigureReason

  constructor(message: string, reason: ReconfigureReason, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.reason = reason
    this.outcome = outcome
  }
}

/** Why a change of the membership was not made. */
export type ReconfigureReason =
  /** Another change is under way. */
  | 'change-pending'
  /** The membership is not the `expected` one. */
  | 'membership-changed'
  /** Nobody of this name is a member. */
  | 'unknown-member'
  | 'already-member'
  /** A cluster has at least one voter. */
  | 'last-voter'
  /** It is a voter already (promote), or none (demote). */
  | 'wrong-role'
  /** Too few voters are up: after the change nothing could be committed. */
  | 'majority-lost'
  /** `replace`: no process with another data directory has come under this name. */
  | 'no-newcomer'
  /** Another change removed the member meanwhile. */
  | 'overtaken'
  /** No leader accepted the change in time. */
  | 'timed-out'
  | 'aborted'
  | 'closed'

/** This member was removed from its cluster, or another process took its place. It has stopped. */
export class RemovedError extends OarlockError {
  static readonly code = 'OARLOCK_REMOVED'
  override readonly name = 'RemovedError'
  readonly code = 'OARLOCK_REMOVED'
  readonly outcome = 'not-a-write'
}

/**
 * The state machine or its codec threw at a committed command (see `cause`), or returned a promise. The member
 * stops.
 */
export class StateMachineError extends OarlockError {
  static readonly code = 'OARLOCK_STATE_MACHINE'
  override readonly name = 'StateMachineError'
  readonly code = 'OARLOCK_STATE_MACHINE'
  readonly outcome = 'unknown'
}

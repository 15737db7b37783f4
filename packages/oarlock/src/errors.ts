// The errors of the data directory and of the socket. The others are in @oarlock/runtime.
import { OarlockError } from '@oarlock/runtime'

/** Another process (or another member of this one) has the data directory open. */
export class DataLockedError extends OarlockError {
  static readonly code = 'OARLOCK_DATA_LOCKED'
  override readonly name = 'DataLockedError'
  readonly code = 'OARLOCK_DATA_LOCKED'
  readonly outcome = 'not-a-write'
}

/** The data directory cannot be made, read or written; `cause` is the operating system's error. */
export class DataAccessError extends OarlockError {
  static readonly code = 'OARLOCK_DATA_ACCESS'
  override readonly name = 'DataAccessError'
  readonly code = 'OARLOCK_DATA_ACCESS'
  readonly outcome = 'not-a-write'
}

/** The data directory belongs to another member, or to a cluster that was founded with something else. */
export class WrongDataError extends OarlockError {
  static readonly code = 'OARLOCK_WRONG_DATA'
  override readonly name = 'WrongDataError'
  readonly code = 'OARLOCK_WRONG_DATA'
  readonly outcome = 'not-a-write'
}

/** The log is damaged in a way that no crash explains. */
export class CorruptLogError extends OarlockError {
  static readonly code = 'OARLOCK_CORRUPT_LOG'
  override readonly name = 'CorruptLogError'
  readonly code = 'OARLOCK_CORRUPT_LOG'
  readonly outcome = 'not-a-write'
}

/** No member has served the client of `connect` in time. The message says what was wrong with each endpoint. */
export class ConnectError extends OarlockError {
  static readonly code = 'OARLOCK_CONNECT'
  override readonly name = 'ConnectError'
  readonly code = 'OARLOCK_CONNECT'
  readonly outcome = 'not-a-write'
}

/** The address to listen on is in use or not available. */
export class ListenError extends OarlockError {
  static readonly code = 'OARLOCK_LISTEN'
  override readonly name = 'ListenError'
  readonly code = 'OARLOCK_LISTEN'
  readonly outcome = 'not-a-write'
}

/** The worker thread of a member with `isolate` has ended by itself, or does not answer. */
export class WorkerFailedError extends OarlockError {
  static readonly code = 'OARLOCK_WORKER_FAILED'
  override readonly name = 'WorkerFailedError'
  readonly code = 'OARLOCK_WORKER_FAILED'
  readonly outcome = 'not-a-write'
}

/** The files or texts of the option `tls` cannot be used. */
export class TlsError extends OarlockError {
  static readonly code = 'OARLOCK_TLS'
  override readonly name = 'TlsError'
  readonly code = 'OARLOCK_TLS'
  readonly outcome = 'not-a-write'
}

export type RecoveryReason =
  /** It is no member's data directory, or it holds nothing. */
  | 'no-data'
  | 'witness'
  /** The member was removed from the cluster. */
  | 'no-member'
  /** It is the only voter: it needs no recovery. */
  | 'only-voter'
  /** The directory is not as it was when the confirmation was given, or the confirmation is of another one. */
  | 'changed'
  /** There is no room for greater terms below 2^53. */
  | 'no-terms-left'

/** `recover` cannot make this member the founder of a new generation. Nothing was changed. */
export class RecoveryError extends OarlockError {
  static readonly code = 'OARLOCK_RECOVERY'
  override readonly name = 'RecoveryError'
  readonly code = 'OARLOCK_RECOVERY'
  readonly outcome = 'not-applied'
  readonly reason: RecoveryReason

  constructor(reason: RecoveryReason, message: string) {
    super(message)
    this.reason = reason
  }
}

export type BackupReason =
  /** The file is no backup. */
  | 'no-backup'
  /** Bytes of it were changed, or are missing. */
  | 'damaged'
  /** A newer version of Oarlock wrote it. */
  | 'newer-version'
  /** The file cannot be read. */
  | 'not-read'
  /** The file cannot be written. */
  | 'not-written'

/** A backup cannot be written, or not be restored: then nothing was. */
export class BackupError extends OarlockError {
  static readonly code = 'OARLOCK_BACKUP'
  override readonly name = 'BackupError'
  readonly code = 'OARLOCK_BACKUP'
  readonly outcome = 'not-a-write'
  readonly reason: BackupReason

  constructor(reason: BackupReason, message: string, facts: { readonly cause?: unknown } = {}) {
    super(message, facts)
    this.reason = reason
  }
}

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

/** The address to listen on is in use or not available. */
export class ListenError extends OarlockError {
  static readonly code = 'OARLOCK_LISTEN'
  override readonly name = 'ListenError'
  readonly code = 'OARLOCK_LISTEN'
  readonly outcome = 'not-a-write'
}

/** The files or texts of the option `tls` cannot be used. */
export class TlsError extends OarlockError {
  static readonly code = 'OARLOCK_TLS'
  override readonly name = 'TlsError'
  readonly code = 'OARLOCK_TLS'
  readonly outcome = 'not-a-write'
}

// The errors of reads.
import { OarlockError } from '../errors.ts'

/** The read was not served in time: there was no leader, or this member was behind. */
export class ReadTimeoutError extends OarlockError {
  static readonly code = 'OARLOCK_READ_TIMEOUT'
  override readonly name = 'ReadTimeoutError'
  readonly code = 'OARLOCK_READ_TIMEOUT'
  readonly outcome = 'not-a-write'
}

/** The caller's signal aborted first; `cause` is the signal's reason. */
export class ReadAbortedError extends OarlockError {
  static readonly code = 'OARLOCK_READ_ABORTED'
  override readonly name = 'ReadAbortedError'
  readonly code = 'OARLOCK_READ_ABORTED'
  readonly outcome = 'not-a-write'
}

/** This member has nothing to query: its state machine has no `query`, or it has no state machine. */
export class NotReadableError extends OarlockError {
  static readonly code = 'OARLOCK_NOT_READABLE'
  override readonly name = 'NotReadableError'
  readonly code = 'OARLOCK_NOT_READABLE'
  readonly outcome = 'not-a-write'
}

/** The state machine's `query` threw (see `cause`), or returned a promise. The member goes on. */
export class QueryError extends OarlockError {
  static readonly code = 'OARLOCK_QUERY'
  override readonly name = 'QueryError'
  readonly code = 'OARLOCK_QUERY'
  readonly outcome = 'not-a-write'
}

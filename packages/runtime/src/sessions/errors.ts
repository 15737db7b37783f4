// The errors of sessions.
import { type ErrorFacts, OarlockError, type Outcome } from '../errors.ts'

/**
 * The session has expired, or was closed. The command was not applied; or an earlier attempt may have been,
 * while the session was still there (`unknown`). Open another session.
 */
export class SessionExpiredError extends OarlockError {
  static readonly code = 'OARLOCK_SESSION_EXPIRED'
  override readonly name = 'SessionExpiredError'
  readonly code = 'OARLOCK_SESSION_EXPIRED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: ErrorFacts = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

/** No session could be opened: the cluster has as many as it can hold, or this member can have none. */
export class NoSessionError extends OarlockError {
  static readonly code = 'OARLOCK_NO_SESSION'
  override readonly name = 'NoSessionError'
  readonly code = 'OARLOCK_NO_SESSION'
  readonly outcome = 'not-applied'
}

/**
 * The command was applied once, and its result is not known: it could not be encoded (see `cause`), or there
 * was no room to keep it for the retry that asked for it.
 */
export class ResultLostError extends OarlockError {
  static readonly code = 'OARLOCK_RESULT_LOST'
  override readonly name = 'ResultLostError'
  readonly code = 'OARLOCK_RESULT_LOST'
  readonly outcome = 'unknown'
}

// The error that only this package throws. Invalid options are an InvalidOptionsError of `oarlock`.
import { OarlockError } from 'oarlock'

/**
 * The call is for the leader only, and this instance does not lead. Nothing was begun. `leader` is the
 * leader's id, if known.
 */
export class NotLeaderError extends OarlockError {
  static readonly code = 'OARLOCK_NOT_LEADER'
  override readonly name = 'NotLeaderError'
  readonly code = 'OARLOCK_NOT_LEADER'
  readonly outcome = 'not-applied'
}

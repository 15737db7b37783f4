// What goes wrong here and nowhere else. (Options that cannot work are an InvalidOptionsError, of `oarlock`.)
import { OarlockError } from 'oarlock'

/** This instance does not lead, and what was asked for is done by the leader alone. It was not begun. `leader` says where to turn. */
export class NotLeaderError extends OarlockError {
  override readonly name = 'NotLeaderError'
  readonly code = 'OARLOCK_NOT_LEADER'
  readonly outcome = 'not-applied'
}

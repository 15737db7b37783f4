// The errors of the recipes.
import { OarlockError } from '@oarlock/runtime'

/** The lock is held no more: it was released, or its lease has ended. */
export class LockLostError extends OarlockError {
  static readonly code = 'OARLOCK_LOCK_LOST'
  override readonly name = 'LockLostError'
  readonly code = 'OARLOCK_LOCK_LOST'
  readonly outcome = 'not-a-write'
}

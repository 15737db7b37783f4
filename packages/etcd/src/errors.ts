// The errors of requests to etcd.
import { OarlockError, type Outcome } from '@oarlock/runtime'

/** etcd refused the request: a right is missing, it is out of space, or overloaded. The message quotes it. */
export class EtcdRefusedError extends OarlockError {
  static readonly code = 'OARLOCK_ETCD_REFUSED'
  override readonly name = 'EtcdRefusedError'
  readonly code = 'OARLOCK_ETCD_REFUSED'
  readonly outcome: Outcome

  constructor(message: string, outcome: Outcome, facts: { readonly cause?: unknown } = {}) {
    super(message, facts)
    this.outcome = outcome
  }
}

// A leadership as a value: an interval that begins once and ends once (ARCHITECTURE.md, "Leases").
import type { Millis, NodeId } from '@oarlock/core'
import { LeadershipLostError } from '../errors.ts'
import type { Fence, Leadership } from './leadership.ts'

/** A leadership reads this at every access. */
export interface Lease {
  now(): Millis
  /** When the lease of that leadership ends, as far as is known now; -Infinity if it is over. */
  deadline(fence: Fence): Millis
  /** Called when a reader finds that the lease has ended. It must not come back. */
  ended(): void
  leader(): NodeId | null
}

export class LeaseLeadership implements Leadership {
  readonly fence: Fence
  readonly #lease: Lease
  readonly #controller: AbortController
  #endedAt: Millis | null = null

  constructor(fence: Fence, lease: Lease, controller: AbortController = new AbortController()) {
    this.fence = fence
    this.#lease = lease
    this.#controller = controller
  }

  get held(): boolean {
    if (this.#endedAt !== null) return false
    const now = this.#lease.now()
    if (now < this.#lease.deadline(this.fence)) return true
    this.#endedAt = now
    this.#lease.ended()
    return false
  }

  get deadline(): Millis {
    return this.#endedAt ?? this.#lease.deadline(this.fence)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  assertHeld(): void {
    if (!this.held) throw this.#lostError()
  }

  /** The member is about to close: aborts the signal early, so that tasks can finish while it is held. */
  warn(reason: Error): void {
    this.#controller.abort(reason)
  }

  /** The leadership is over. `reason`: why the member closed or stopped. Without one it was lost. */
  end(reason?: Error): void {
    this.#endedAt ??= this.#lease.now()
    if (!this.signal.aborted) this.#controller.abort(reason ?? this.#lostError())
  }

  #lostError(): LeadershipLostError {
    const leader = this.#lease.leader()
    const message = `the leadership with fence ${this.fence} is over: start no more work under it`
    return new LeadershipLostError(message, { leader })
  }
}

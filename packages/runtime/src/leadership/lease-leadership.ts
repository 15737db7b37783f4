// A leadership as a value: an interval that begins once, ends once, and is never held again (ARCHITECTURE.md, leases).
import type { Millis, NodeId } from '@oarlock/core'
import { LeadershipLostError } from '../errors.ts'
import type { Fence, Leadership } from './leadership.ts'

/** What a leadership reads at every access. */
export interface Lease {
  now(): Millis
  /** When the lease of that leadership ends as things stand; -Infinity when it is over. */
  deadline(fence: Fence): Millis
  /** The lease was seen to have ended: it must not come back. */
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

  /** The member is about to close: tasks are told to end while the leadership is still held. */
  warn(reason: Error): void {
    this.#controller.abort(reason)
  }

  /** It is over: because the member closes or stops, for that `reason`, or because it was lost. */
  end(reason?: Error): void {
    this.#endedAt ??= this.#lease.now()
    if (!this.signal.aborted) this.#controller.abort(reason ?? this.#lostError())
  }

  #lostError(): LeadershipLostError {
    const leader = this.#lease.leader()
    return new LeadershipLostError(`the leadership with fence ${this.fence} is over`, { leader })
  }
}

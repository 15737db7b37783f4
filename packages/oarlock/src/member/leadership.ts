// A leadership as a value: an interval that begins once, ends once, and is never held again (ARCHITECTURE.md, leases).
import { setMaxListeners } from 'node:events'
import type { Millis, NodeId } from '@oarlock/core'
import { LeadershipLostError } from '../errors.ts'
import type { Fence, Leadership } from './election.ts'

/** What a leadership reads at every access. */
export interface Lease {
  now(): Millis
  /** When the lease of that leadership ends as things stand; -Infinity when it is over. */
  deadline(fence: Fence): Millis
  /** Somebody saw that it ran out: it must not come back. */
  ranOut(): void
  leader(): NodeId | null
}

export class LeaseLeadership implements Leadership {
  readonly fence: Fence
  readonly #lease: Lease
  readonly #controller = new AbortController()
  #endedAt: Millis | null = null

  constructor(fence: Fence, lease: Lease) {
    this.fence = fence
    this.#lease = lease
    setMaxListeners(0, this.#controller.signal)
  }

  get held(): boolean {
    if (this.#endedAt !== null) return false
    const now = this.#lease.now()
    if (now < this.#lease.deadline(this.fence)) return true
    this.#endedAt = now
    this.#lease.ranOut()
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

  /** The member is about to close: tasks are told to end, while the leadership is still held. */
  warn(reason: Error): void {
    this.#controller.abort(reason)
  }

  /** It is over, for the member's own reason or because it was lost. */
  end(reason?: Error): void {
    this.#endedAt ??= this.#lease.now()
    if (!this.signal.aborted) this.#controller.abort(reason ?? this.#lostError())
  }

  #lostError(): LeadershipLostError {
    const leader = this.#lease.leader()
    return new LeadershipLostError(`the leadership with fence ${this.fence} is over`, { leader })
  }
}

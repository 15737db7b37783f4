// Begins and ends this member's leaderships, by the core's role, term, lease and applied index.
import type { Index, Millis, NodeId, Role, Term } from '@oarlock/core'
import type { Clock } from '../ports/index.ts'
import type { Fence } from './leadership.ts'
import { type Lease, LeaseLeadership } from './lease-leadership.ts'

/** The part of the core that leaderships depend on. */
export interface LeadershipSource {
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | null
  readonly applied: Index
  readonly termStart: Index
  readonly leaseDeadline: Millis
}

export interface LeadershipTrackerInit {
  readonly core: LeadershipSource
  readonly clock: Clock
  /** Called when a lease has ended before the core's next tick. */
  readonly leaseEnded: () => void
  readonly onBegin: (leadership: LeaseLeadership) => void
  readonly onEnd: (leadership: LeaseLeadership) => void
  /** Makes the source of each leadership's signal. Default: a plain AbortController. */
  readonly newController?: () => AbortController
}

interface Waiter {
  resolve(leadership: LeaseLeadership): void
  reject(reason: unknown): void
}

export class LeadershipTracker {
  readonly #init: LeadershipTrackerInit
  readonly #lease: Lease
  #current: LeaseLeadership | null = null
  /** The greatest fence that has begun: no leadership begins twice. */
  #lastFence: Fence = 0
  #over: Error | null = null
  readonly #waiters: Set<Waiter> = new Set()

  constructor(init: LeadershipTrackerInit) {
    const { core, clock } = init
    this.#init = init
    this.#lease = {
      now: () => clock.now(),
      deadline: (fence) =>
        core.role === 'leader' && core.term === fence ? core.leaseDeadline : Number.NEGATIVE_INFINITY,
      ended: () => init.leaseEnded(),
      leader: () => core.leader,
    }
  }

  get current(): LeaseLeadership | null {
    return this.#current
  }

  /** Begins or ends a leadership if the core's state calls for it. Call it after every turn. */
  follow(): void {
    if (this.#current !== null && !this.#current.held) this.#endCurrent()
    if (this.#current === null && this.#over === null && this.#mayBegin()) this.#begin()
  }

  /** A leadership begins when there is a lease, and the commands of earlier leaderships have been applied. */
  #mayBegin(): boolean {
    const { core, clock } = this.#init
    return (
      core.role === 'leader' &&
      core.term > this.#lastFence &&
      core.applied >= core.termStart &&
      clock.now() < core.leaseDeadline
    )
  }

  #begin(): void {
    const { core, newController } = this.#init
    const leadership = new LeaseLeadership(core.term, this.#lease, newController?.())
    this.#current = leadership
    this.#lastFence = leadership.fence
    this.#init.onBegin(leadership)
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.resolve(leadership)
  }

  #endCurrent(reason?: Error): void {
    const leadership = this.#current!
    this.#current = null
    leadership.end(reason)
    this.#init.onEnd(leadership)
  }

  /** The current leadership, or the next one. Rejects with the reason of the signal, `warn` or `end`. */
  next(signal: AbortSignal | undefined): Promise<LeaseLeadership> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#over !== null) return Promise.reject(this.#over)
    if (this.#current?.held === true) return Promise.resolve(this.#current)
    return new Promise((resolve, reject) => {
      const onAbort = () => waiter.reject(signal?.reason)
      const leave = () => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        resolve(leadership) {
          leave()
          resolve(leadership)
        },
        reject(reason) {
          leave()
          reject(reason)
        },
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** The member begins to close: no leadership begins any more, and the signal of the current one aborts. */
  warn(reason: Error): void {
    if (this.#over !== null) return
    this.#over = reason
    this.#current?.warn(reason)
    for (const waiter of [...this.#waiters]) waiter.reject(reason)
  }

  /** The member has closed or stopped. */
  end(reason: Error): void {
    this.warn(reason)
    if (this.#current !== null) this.#endCurrent(reason)
  }
}

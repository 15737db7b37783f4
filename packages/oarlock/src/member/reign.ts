// When this member's leaderships begin and end, as the core's role, term, lease and applied index say.
import type { Index, Millis, NodeId, Role, Term } from '@oarlock/core'
import type { Fence } from './election.ts'
import { type Lease, LeaseLeadership } from './leadership.ts'
import type { Clock } from './ports.ts'

/** As much of the core as leaderships need. */
export interface ReignSource {
  readonly role: Role
  readonly term: Term
  readonly leader: NodeId | null
  readonly applied: Index
  readonly termStart: Index
  readonly leaseDeadline: Millis
}

export interface ReignInit {
  readonly core: ReignSource
  readonly clock: Clock
  /** A lease was seen to have run out before the core's next tick. */
  readonly leaseRanOut: () => void
  readonly onBegin: (leadership: LeaseLeadership) => void
  readonly onEnd: (leadership: LeaseLeadership) => void
}

interface Waiter {
  resolve(leadership: LeaseLeadership): void
  reject(reason: unknown): void
}

export class Reign {
  readonly #init: ReignInit
  readonly #lease: Lease
  #current: LeaseLeadership | null = null
  /** The greatest fence that began: none may begin twice. */
  #lastFence: Fence = 0
  #over: Error | null = null
  readonly #waiters = new Set<Waiter>()

  constructor(init: ReignInit) {
    const { core, clock } = init
    this.#init = init
    this.#lease = {
      now: () => clock.now(),
      deadline: (fence) =>
        core.role === 'leader' && core.term === fence ? core.leaseDeadline : Number.NEGATIVE_INFINITY,
      ranOut: () => init.leaseRanOut(),
      leader: () => core.leader,
    }
  }

  get current(): LeaseLeadership | null {
    return this.#current
  }

  /** Brings the leadership in line with the core. Called after every turn. */
  follow(): void {
    if (this.#current !== null && !this.#current.held) this.#endCurrent()
    if (this.#current === null && this.#over === null && this.#mayBegin()) this.#begin()
  }

  /** With the lease in hand, and with everything applied that earlier leaderships committed. */
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
    const leadership = new LeaseLeadership(this.#init.core.term, this.#lease)
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

  /** This leadership, or the next one. Rejects with the signal's reason, or with what `warn` or `end` was given. */
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

  /** The member begins to close: no leadership begins any more, and the current one's tasks are told to end. */
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

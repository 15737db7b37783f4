// An election by name: one of many on the store of one cluster.
import type { AbortOptions, Election, LeaderInfo, Leadership } from '@oarlock/runtime'
import type { Condition } from '@oarlock/store'

export interface NamedLeader extends LeaderInfo {
  /** What it has proclaimed; null: nothing. */
  readonly value: string | null
}

/** One leadership of a named election. Its fence grows from leadership to leadership, and is never given out again. */
export interface NamedLeadership extends Leadership, AsyncDisposable {
  /**
   * Holds in the store exactly as long as nobody else can lead. With it in a transaction, the store refuses what
   * comes too late: `kv.transaction().when(...leadership.condition).then(…)`.
   */
  readonly condition: Condition
  /**
   * Tells everybody who observes the election. Throws LeadershipLostError if it is over, else the errors of a transaction
   * of the store.
   */
  proclaim(value: string, options?: AbortOptions): Promise<void>
  /**
   * Gives it up, and lets the next one have it. It is over here at once. Resolves when the store knows that; if it cannot be
   * reached, that is tried again until the lease has ended.
   */
  resign(): Promise<void>
}

/**
 * This process takes part while a call of `lead` or `campaign` wants it to: it queues behind those who came before, and
 * leads when they are gone. Observing is no part.
 */
export interface NamedElection extends Election {
  readonly name: string
  /** The leader, while this process takes part or observes; null: there is none, or none is known. */
  readonly leader: NamedLeader | null
  /**
   * Waits until this process leads. It takes part until the leadership is resigned or lost. Rejects with the signal's
   * reason, or with MemberClosedError.
   */
  campaign(options?: AbortOptions): Promise<NamedLeadership>
  /**
   * As `Election.lead`. It takes part until this call ends. The leadership is resigned then, unless another call of this
   * process wants it.
   */
  lead<T>(task: (leadership: NamedLeadership) => Promise<T>, options?: AbortOptions): Promise<T | undefined>
  observe(options?: AbortOptions): AsyncIterable<NamedLeader | null>
}

// How a Store reaches the store.
import type { AbortOptions } from '@oarlock/runtime'
import type { Lease } from '../model/leases.ts'
import type { Change, ChangeResult, OwnerId, RangeRequest, RangeResult, Revision } from '../model/requests.ts'
import type { Answer } from '../model/store-state.ts'
import type { Taken, WatchRequest } from '../model/watches.ts'
import type { StoreConsistency } from './store.ts'

export interface StoreBackend {
  /** It takes effect once. Errors: those of `propose` with `retry: 'safe'`. */
  change(change: Change, options: AbortOptions): Promise<Answer<ChangeResult>>
  /** Errors: those of `read`. */
  range(
    request: RangeRequest,
    consistency: StoreConsistency,
    options: AbortOptions,
  ): Promise<Answer<RangeResult>>
  /** Those of an owner, or all, linearizably. Errors: those of `read`. */
  leases(owner: OwnerId | null, options: AbortOptions): Promise<readonly Lease[]>
  /**
   * Resolves with the number of leases that the owner has, when the leader has renewed them: it counts from a time after
   * this call. Null: it is not known whether it has.
   */
  renew(owner: OwnerId): Promise<number | null>
  /** What is changed after it has resolved is not missed. Errors: those of `read`. */
  watch(request: WatchRequest, options: AbortOptions): Promise<WatchFeed>
}

export interface WatchFeed {
  /** All changes up to here have been taken. */
  readonly seen: Revision
  /** What has changed since the last call, when there is something. Null: the feed is closed. */
  take(): Promise<NonNullable<Taken> | null>
  close(): void
}

// The store of an isolated member: its requests and answers are plain data, which the worker carries out and gives.
import type { AbortOptions } from '@oarlock/runtime'
import type {
  Answer,
  Change,
  ChangeResult,
  GrantedLease,
  OwnerId,
  RangeRequest,
  RangeResult,
  StoreBackend,
  StoreConsistency,
  WatchFeed,
  WatchRequest,
} from '@oarlock/store'
import type { Watched } from './messages.ts'
import type { WorkerLink } from './worker-link.ts'

export class IsolatedBackend implements StoreBackend {
  readonly #link: WorkerLink

  constructor(link: WorkerLink) {
    this.#link = link
  }

  change(change: Change, { signal }: AbortOptions): Promise<Answer<ChangeResult>> {
    return this.#link.call('changeStore', [change], signal) as Promise<Answer<ChangeResult>>
  }

  range(
    request: RangeRequest,
    consistency: StoreConsistency,
    { signal }: AbortOptions,
  ): Promise<Answer<RangeResult>> {
    return this.#link.call('readStore', [request, consistency], signal) as Promise<Answer<RangeResult>>
  }

  leases(owner: OwnerId | null, { signal }: AbortOptions): Promise<readonly GrantedLease[]> {
    return this.#link.call('leases', [owner], signal) as Promise<readonly GrantedLease[]>
  }

  async renew(owner: OwnerId): Promise<number | null> {
    return (await this.#link.call('renewLeases', [owner])) as number | null
  }

  async watch(request: WatchRequest, { signal }: AbortOptions): Promise<WatchFeed> {
    const link = this.#link
    const { watch, ...first } = (await link.call('watch', [request], signal)) as Watched & { watch: number }
    let { seen } = first
    let isClosed = false
    return {
      get seen() {
        return seen
      },
      take: async () => {
        if (isClosed) return null
        const watched = (await link.call('takeChanges', [watch])) as Watched
        seen = watched.seen
        return watched.taken
      },
      close: () => {
        if (isClosed) return
        isClosed = true
        link.call('endWatch', [watch]).catch(() => {})
      },
    }
  }
}

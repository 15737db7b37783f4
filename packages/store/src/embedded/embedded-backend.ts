// The store of the member in this process: writes go through its log, reads are served here.
import { type AbortOptions, InvalidCommandError, ReadAbortedError, type StoreLink } from '@oarlock/runtime'
import type { StoreBackend, WatchFeed } from '../api/backend.ts'
import type { StoreConsistency } from '../api/store.ts'
import { decodeAnswer, encodeRequest } from '../codec/index.ts'
import type { MemberLeases } from '../leases/index.ts'
import type { Lease } from '../model/leases.ts'
import type { Change, ChangeResult, OwnerId, RangeRequest, RangeResult } from '../model/requests.ts'
import type { Answer } from '../model/store-state.ts'
import type { Taken, Watch, WatchRequest } from '../model/watches.ts'
import type { ReplicatedStore, StoreSettings } from './replicated-store.ts'

/** The longest request, in bytes. It is one entry of the log. */
const longestRequest: number = 4 * 1024 * 1024
/** The events that one answer has, about. */
const eventsAtOnce = 1000

export class EmbeddedBackend implements StoreBackend {
  readonly #link: StoreLink
  readonly #store: ReplicatedStore
  readonly #leases: MemberLeases
  readonly #feeds: Set<LocalFeed> = new Set()
  #isClosed = false

  constructor(link: StoreLink, store: ReplicatedStore, settings?: StoreSettings) {
    this.#link = link
    this.#store = store
    this.#leases = store.connect(link, settings)
    const close = () => {
      this.#isClosed = true
      store.close()
      for (const feed of [...this.#feeds]) feed.close()
    }
    link.closed.then(close, close)
  }

  async change(change: Change, options: AbortOptions): Promise<Answer<ChangeResult>> {
    const bytes = encodeRequest(change)
    if (bytes.length > longestRequest)
      throw new InvalidCommandError(
        `the request has ${bytes.length} bytes, and the limit is ${longestRequest}: it was not applied`,
      )
    return decodeAnswer(await this.#link.proposeToStore(bytes, options)) as Answer<ChangeResult>
  }

  async range(
    request: RangeRequest,
    consistency: StoreConsistency,
    options: AbortOptions,
  ): Promise<Answer<RangeResult>> {
    const serve = () => this.#store.state.range(request)
    if (typeof consistency === 'string') return this.#link.readStore(consistency, serve, options)
    const { atLeast } = consistency
    const serveIfThere = () => (this.#store.state.keys.revision >= atLeast ? serve() : null)
    // What anybody knows of was committed: then a linearizable read sees it.
    const answer =
      (await this.#link.readStore('local', serveIfThere, options)) ??
      (await this.#link.readStore('linearizable', serveIfThere, options))
    return answer ?? { failure: { reason: 'future-revision', revision: this.#store.state.keys.revision } }
  }

  leases(owner: OwnerId | null, options: AbortOptions): Promise<readonly Lease[]> {
    const { leases } = this.#store.state
    const serve = () =>
      owner === null ? leases.all : [...leases.of(owner)].map((id) => leases.get(id)!).map(leaseOf)
    return this.#link.readStore('linearizable', serve, options)
  }

  renew(owner: OwnerId): Promise<number | null> {
    return new Promise((resolve) => this.#leases.renew(owner, resolve))
  }

  async watch({ from, ...request }: WatchRequest, options: AbortOptions): Promise<WatchFeed> {
    const open = (first: number): LocalFeed =>
      new LocalFeed(this.#store, { ...request, from: first }, (feed) => this.#feeds.delete(feed))
    // A member that is behind would else begin with what was changed before the call.
    const feed =
      from === undefined
        ? await this.#link.readStore('linearizable', () => open(this.#store.state.keys.revision + 1), options)
        : await this.#link.readStore('local', () => open(from), options)
    this.#feeds.add(feed)
    if (this.#isClosed) feed.close()
    if (options.signal?.aborted) {
      feed.close()
      throw new ReadAbortedError('aborted by the caller: nothing is watched', {
        cause: options.signal.reason,
      })
    }
    return feed
  }
}

const leaseOf = ({ id, ttl, owner }: Lease): Lease => ({ id, ttl, owner })

class LocalFeed implements WatchFeed {
  readonly #watch: Watch
  readonly #onClose: (feed: LocalFeed) => void
  #wake: (() => void) | null = null
  #isClosed = false

  constructor(store: ReplicatedStore, request: WatchRequest, onClose: (feed: LocalFeed) => void) {
    this.#watch = store.watches.open(request, () => this.#wake?.())
    this.#onClose = onClose
  }

  get seen(): number {
    return this.#watch.seen
  }

  async take(): Promise<NonNullable<Taken> | null> {
    while (!this.#isClosed) {
      const taken = this.#watch.take(eventsAtOnce)
      if (taken !== null) return taken
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return null
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watch.close()
    this.#wake?.()
    this.#onClose(this)
  }
}

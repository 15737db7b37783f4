// The store on etcd. Its requests and answers are those of etcd, with a few exceptions, which docs/store.md
// lists.
import type { Millis } from '@oarlock/core'
import { type AbortOptions, ReadAbortedError } from '@oarlock/runtime'
import {
  type Answer,
  type Change,
  type ChangeResult,
  contradictionIn,
  type GrantedLease,
  type OwnerId,
  type RangeRequest,
  type RangeResult,
  type StoreBackend,
  type StoreConsistency,
  type WatchFeed,
  type WatchRequest,
} from '@oarlock/store'
import { type Connection, Refusal } from '../connection/index.ts'
import {
  boundsOf,
  deleteFor,
  deleteResult,
  putFor,
  putResult,
  rangeFor,
  rangeResult,
  revisionOf,
  transactionFor,
  transactionResult,
} from '../protocol/index.ts'
import { EtcdFeed } from './etcd-feed.ts'
import { EtcdLeases } from './etcd-leases.ts'
import { Refusals } from './refusals.ts'

type Written = Exclude<Change, { readonly type: 'grant' | 'revoke' | 'transaction' }>
type TransactionRequest = Extract<Change, { readonly type: 'transaction' }>
type Done<Result> = { readonly revision: number; readonly result: Result }

export class EtcdBackend implements StoreBackend {
  readonly #connection: Connection
  readonly #leases: EtcdLeases
  readonly #refusals: Refusals
  readonly #feeds: Set<EtcdFeed> = new Set()

  constructor(connection: Connection, requestTimeout: Millis) {
    this.#connection = connection
    this.#leases = new EtcdLeases(connection, requestTimeout)
    this.#refusals = new Refusals(connection)
  }

  async change(change: Change, options: AbortOptions): Promise<Answer<ChangeResult>> {
    switch (change.type) {
      case 'grant':
        return this.#leases.grant(change, options)
      case 'revoke':
        return this.#leases.revoke(change, options)
      case 'transaction':
        return this.#transaction(change, options)
      default:
        return this.#orRefused(this.#write(change, options), change)
    }
  }

  async range(
    request: RangeRequest,
    consistency: StoreConsistency,
    options: AbortOptions,
  ): Promise<Answer<RangeResult>> {
    if (typeof consistency === 'string')
      return this.#orRefused(this.#range(request, consistency === 'local', options), request)
    const { atLeast } = consistency
    const here = await this.#range(request, true, options).catch((error: unknown) => {
      // This member may be behind.
      if (error instanceof Refusal && error.reason === 'future-revision') return null
      throw error
    })
    if (here !== null && here.revision >= atLeast) return here
    const answer = await this.#orRefused(this.#range(request, false, options), request)
    if ('failure' in answer || answer.revision >= atLeast) return answer
    return { failure: { reason: 'future-revision', revision: answer.revision } }
  }

  leases(owner: OwnerId | null, options: AbortOptions): Promise<readonly GrantedLease[]> {
    return this.#leases.list(owner, options)
  }

  renew(owner: OwnerId): Promise<number | null> {
    return this.#leases.renew(owner)
  }

  async watch({ from, ...request }: WatchRequest, options: AbortOptions): Promise<WatchFeed> {
    const { key } = boundsOf(request.range)
    const now = (): Promise<number> =>
      this.#connection.read(
        async (etcd, call) => revisionOf(await etcd.kv.range({ key, count_only: true }, call)),
        options,
      )
    const feed = new EtcdFeed(this.#connection, request, from ?? (await now()) + 1, (closed) =>
      this.#feeds.delete(closed),
    )
    this.#feeds.add(feed)
    if (this.#connection.isClosed) feed.close()
    if (options.signal?.aborted) {
      feed.close()
      throw new ReadAbortedError('aborted by the caller: nothing is watched', {
        cause: options.signal.reason,
      })
    }
    return feed
  }

  close(): void {
    for (const feed of [...this.#feeds]) feed.close()
    this.#leases.close()
  }

  #range(request: RangeRequest, local: boolean, { signal }: AbortOptions): Promise<Done<RangeResult>> {
    const asked = { ...rangeFor(request), serializable: local }
    return this.#connection.read(
      async (etcd, call) => {
        const answer = await etcd.kv.range(asked, call)
        return { revision: revisionOf(answer), result: rangeResult(answer) }
      },
      { local, ...(signal === undefined ? {} : { signal }) },
    )
  }

  async #write(change: Written, options: AbortOptions): Promise<Done<ChangeResult>> {
    switch (change.type) {
      case 'put': {
        const asked = putFor(change)
        const answer = await this.#connection.write((etcd, call) => etcd.kv.put(asked, call), options)
        return { revision: revisionOf(answer), result: putResult(answer) }
      }
      case 'delete': {
        const asked = deleteFor(change)
        const answer = await this.#connection.write((etcd, call) => etcd.kv.deleteRange(asked, call), options)
        return { revision: revisionOf(answer), result: deleteResult(answer) }
      }
      case 'compact': {
        const { revision } = change
        const answer = await this.#connection.write(
          (etcd, call) => etcd.kv.compact({ revision }, call),
          options,
        )
        return { revision: revisionOf(answer), result: { type: 'compact' } }
      }
    }
  }

  async #transaction(request: TransactionRequest, options: AbortOptions): Promise<Answer<ChangeResult>> {
    const contradiction = contradictionIn(request)
    if (contradiction !== null) return { failure: contradiction }
    const asked = transactionFor(request)
    const done = this.#connection
      .write((etcd, call) => etcd.kv.txn(asked, call), options)
      .then((answer) => ({ revision: revisionOf(answer), result: transactionResult(answer) }))
    return this.#orRefused(done, request)
  }

  async #orRefused<T>(
    work: Promise<T>,
    request: Change | RangeRequest,
  ): Promise<T | Extract<Answer<never>, { readonly failure: unknown }>> {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { failure: await this.#refusals.failureOf(error, request) }
    }
  }
}

// The Store interface over any backend.
import type { Millis } from '@oarlock/core'
import { type AbortOptions, abortSignal, checkOptions } from '@oarlock/runtime'
import { type HeldLease, LeaseHolder, type LeaseHolderInit } from '../leases/index.ts'
import {
  type ChangeResult,
  isRefused,
  type OperationResult,
  type RangeResult,
  type Revision,
} from '../model/requests.ts'
import type { Answer } from '../model/store-state.ts'
import type { StoreBackend } from './backend.ts'
import {
  checkRevision,
  checkTtl,
  deleteSchema,
  getSchema,
  putSchema,
  rangeSchema,
  watchSchema,
} from './checks.ts'
import { asBytes, asText, keyBytes, rangeOf, type Shown, spanOf } from './data.ts'
import { StoreRefusedError } from './errors.ts'
import { deleteRequest, putRequest, rangeRequest } from './requests.ts'
import type {
  Data,
  DeleteAnswer,
  DeleteOptions,
  Item,
  Lease,
  LeaseInfo,
  PutAnswer,
  PutOptions,
  Range,
  RangeAnswer,
  RangeOptions,
  ReadStoreOptions,
  Store,
  Transaction,
  WatchOptions,
  WatchStream,
} from './store.ts'
import { TransactionBuilder, transactionAnswer } from './transaction.ts'
import { FeedStream } from './watch-stream.ts'

/** The result of the kind that was asked for. */
type Kind<Type extends string> = Extract<ChangeResult | OperationResult, { readonly type: Type }>

class Kv<D extends Data> implements Store<D> {
  readonly #backend: StoreBackend
  readonly #holder: LeaseHolder
  readonly #shown: Shown<D>

  constructor(backend: StoreBackend, holder: LeaseHolder, shown: Shown<D>) {
    this.#backend = backend
    this.#holder = holder
    this.#shown = shown
  }

  get bytes(): Store<Uint8Array> {
    return new Kv(this.#backend, this.#holder, asBytes)
  }

  async get(key: Data, options: ReadStoreOptions = {}): Promise<Item<D> | null> {
    checkOptions(options, getSchema, 'get')
    const request = rangeRequest(rangeOf(keyBytes(key)), options)
    const { result } = answered(await this.#range(request, options), 'not-a-write')
    const [item] = result.items
    return item === undefined ? null : this.#shown.item(item, 'not-a-write')
  }

  async range(range: Range, options: RangeOptions = {}): Promise<RangeAnswer<D>> {
    checkOptions(options, rangeSchema, 'range')
    const request = rangeRequest(spanOf(range), options)
    const { result, revision } = answered(await this.#range(request, options), 'not-a-write')
    const { items, count } = result
    return { items: items.map((item) => this.#shown.item(item, 'not-a-write')), count, revision }
  }

  #range(
    request: ReturnType<typeof rangeRequest>,
    { consistency = 'linearizable', signal }: ReadStoreOptions,
  ): Promise<Answer<RangeResult>> {
    return this.#backend.range(request, consistency, aborting(signal))
  }

  async put(key: Data, value: Data | null, options: PutOptions = {}): Promise<PutAnswer<D>> {
    checkOptions(options, putSchema, 'put')
    const { result, revision } = await this.#change(putRequest(key, value, options), options.signal)
    const { previous } = result as Kind<'put'>
    return { revision, previous: previous && this.#shown.item(previous, 'unknown') }
  }

  async delete(given: Data | Range, options: DeleteOptions = {}): Promise<DeleteAnswer<D>> {
    checkOptions(options, deleteSchema, 'delete')
    const { result, revision } = await this.#change(deleteRequest(given, options), options.signal)
    const { deleted, previous } = result as Kind<'delete'>
    return { revision, deleted, previous: previous.map((item) => this.#shown.item(item, 'unknown')) }
  }

  transaction(): Transaction<D> {
    return new TransactionBuilder<D>(async (request, options) => {
      checkOptions(options, signalSchema, 'commit')
      const { result, revision } = await this.#change(request, options.signal)
      return { revision, ...transactionAnswer(result as Kind<'transaction'>, this.#shown, 'unknown') }
    })
  }

  async lease(ttl: Millis, options: AbortOptions = {}): Promise<Lease> {
    checkOptions(options, signalSchema, 'lease')
    checkTtl(ttl)
    const held = await new Promise<HeldLease>((resolve, reject) =>
      this.#holder.grant(ttl, options.signal, { resolve, reject }),
    )
    const revoke = (signal: AbortSignal | undefined): Promise<void> =>
      new Promise((resolve, reject) => held.revoke(signal, { resolve, reject }))
    return {
      id: held.id,
      ttl,
      signal: held.signal,
      get held() {
        return held.held
      },
      get deadline() {
        return held.deadline
      },
      revoke: async (revokeOptions = {}) => {
        checkOptions(revokeOptions, signalSchema, 'revoke')
        await revoke(revokeOptions.signal)
      },
      // It is over here, and is given back later if it must be.
      [Symbol.asyncDispose]: () => revoke(undefined).catch(() => {}),
    }
  }

  async leases(options: AbortOptions = {}): Promise<readonly LeaseInfo[]> {
    checkOptions(options, signalSchema, 'leases')
    const leases = await this.#backend.leases(null, aborting(options.signal))
    return leases.map(({ id, ttl }) => ({ id, ttl }))
  }

  watch(given: Data | Range, options: WatchOptions = {}): WatchStream<D> {
    checkOptions(options, watchSchema, 'watch')
    const { from, previous, only, signal } = options
    const feed = this.#backend.watch(
      {
        range: rangeOf(given),
        ...(from === undefined ? {} : { from }),
        ...(previous === undefined ? {} : { previous }),
        ...(only === undefined ? {} : { only }),
      },
      aborting(signal),
    )
    return new FeedStream(feed, this.#shown, signal)
  }

  async compact(revision: Revision, options: AbortOptions = {}): Promise<void> {
    checkOptions(options, signalSchema, 'compact')
    checkRevision(revision)
    await this.#change({ type: 'compact', revision }, options.signal)
  }

  async #change(
    change: Parameters<StoreBackend['change']>[0],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly revision: Revision; readonly result: ChangeResult }> {
    return answered(await this.#backend.change(change, aborting(signal)), 'not-applied')
  }
}

const signalSchema = { signal: abortSignal }

const aborting = (signal: AbortSignal | undefined): AbortOptions => (signal === undefined ? {} : { signal })

/** Throws StoreRefusedError. */
function answered<Result>(
  answer: Answer<Result>,
  outcome: 'not-a-write' | 'not-applied',
): { readonly revision: Revision; readonly result: Result } {
  if (isRefused(answer)) throw new StoreRefusedError(answer.failure, outcome)
  return answer
}

/** A store with text for keys and values, and the leases of this process. `close` gives them up. */
export function storeOver(
  backend: StoreBackend,
  { clock, newController }: Omit<LeaseHolderInit, 'requests'>,
): { readonly store: Store; readonly close: () => void } {
  const change = async (request: Parameters<StoreBackend['change']>[0], options: AbortOptions) =>
    answered(await backend.change(request, options), 'not-applied').result
  const holder = new LeaseHolder({
    clock,
    newController,
    requests: {
      grant: (ttl, owner, signal, { resolve, reject }) =>
        void change({ type: 'grant', id: 0, ttl: Math.ceil(ttl), owner }, aborting(signal)).then(
          (result) => resolve((result as Kind<'grant'>).id),
          reject,
        ),
      revoke: (ids, signal, { resolve, reject }) =>
        void change({ type: 'revoke', ids }, aborting(signal)).then(() => resolve(), reject),
      renew: (owner, answer) => void backend.renew(owner).then(answer, () => answer(null)),
      remaining: (owner, answer) =>
        void backend.leases(owner, {}).then(
          (leases) => answer(leases.map(({ id }) => id)),
          () => answer(null),
        ),
    },
  })
  return { store: new Kv(backend, holder, asText), close: () => holder.close() }
}

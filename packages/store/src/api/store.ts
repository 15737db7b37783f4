// The interface of the store, however it is reached: the data model of etcd v3. docs/store.md says what it promises.
import type { Millis } from '@oarlock/core'
import type { AbortOptions } from '@oarlock/runtime'
import type { CompareOperator, LeaseId, Revision, SortTarget } from '../model/requests.ts'

/** Text, which is kept as UTF-8, or bytes. */
export type Data = string | Uint8Array

/** All keys that begin with `prefix`, or those from `from` on and before `before`; without `before` to the end. */
export type Range =
  | { readonly prefix: Data; readonly from?: never }
  | { readonly from: Data; readonly before?: Data; readonly prefix?: never }

/** What a read may miss: as `Consistency` of the member's `read`, with revisions of the store. */
export type StoreConsistency = 'linearizable' | 'lease' | 'local' | { readonly atLeast: Revision }

/** A key as it was at one revision. `D`: string, or Uint8Array in `store.bytes`. */
export interface Item<D extends Data = string> {
  readonly key: D
  readonly value: D
  /** When it was put while it was not there. */
  readonly createRevision: Revision
  /** When it was put the last time. */
  readonly modRevision: Revision
  /** How often it was put since `createRevision`. */
  readonly version: number
  /** It is deleted when this lease ends. */
  readonly lease: LeaseId | null
}

export interface ReadStoreOptions extends AbortOptions {
  /** Default 'linearizable'. */
  readonly consistency?: StoreConsistency
  /** As it was at this revision. Default: as it is now. */
  readonly revision?: Revision
}

export interface RangeOptions extends ReadStoreOptions {
  /** The most items of the answer. Default: all. */
  readonly limit?: number
  /** Default: by key, ascending. */
  readonly sort?: { readonly by: SortTarget; readonly order?: 'ascending' | 'descending' }
  /** Leaves out the values, which are empty then. */
  readonly keysOnly?: boolean
  /** Leaves out the items. */
  readonly countOnly?: boolean
}

export interface RangeAnswer<D extends Data = string> {
  readonly items: readonly Item<D>[]
  /** Of the range, whatever the limit. */
  readonly count: number
  /** Of the store, when it was read. */
  readonly revision: Revision
}

/** A lease that was granted. */
export interface LeaseInfo {
  readonly id: LeaseId
  /** In ms. */
  readonly ttl: Millis
}

/**
 * A lease of this process: it is renewed until it is revoked or lost. The keys that were put with it are deleted when it
 * ends. `held` is right also after the event loop has stalled; `signal` follows.
 */
export interface Lease extends LeaseInfo, AsyncDisposable {
  /** Whether it has certainly not ended, as long as clocks run equally fast within 10 %. Once false, false for ever. */
  readonly held: boolean
  /** When it ends unless it is renewed, by the clock of the member. */
  readonly deadline: Millis
  /** Aborts when it is lost or revoked. */
  readonly signal: AbortSignal
  /** Ends it now, and deletes its keys. If that fails, it is tried again, as long as this process holds leases. */
  revoke(options?: AbortOptions): Promise<void>
}

export interface PutOptions extends AbortOptions {
  /** The lease that the key is bound to, or 'keep': the one that it has. Default: none. */
  readonly lease?: Pick<LeaseInfo, 'id'> | LeaseId | 'keep' | null
  /** Answers with what was there before. */
  readonly previous?: boolean
}

export interface PutAnswer<D extends Data = string> {
  readonly revision: Revision
  /** What was there before, if that was asked for. */
  readonly previous: Item<D> | null
}

export interface DeleteOptions extends AbortOptions {
  /** Answers with what was deleted. */
  readonly previous?: boolean
}

export interface DeleteAnswer<D extends Data = string> {
  readonly revision: Revision
  readonly deleted: number
  readonly previous: readonly Item<D>[]
}

export interface WatchOptions extends AbortOptions {
  /** The first revision of which it wants the changes. Default: the next one when the watch has started. */
  readonly from?: Revision
  /** With what each change has replaced, unless that was compacted away. */
  readonly previous?: boolean
  /** Only these. Default: both. */
  readonly only?: 'put' | 'delete'
}

export interface WatchEvent<D extends Data = string> {
  readonly type: 'put' | 'delete'
  /** Of a deletion: the key and the revision. */
  readonly item: Item<D>
  readonly previous: Item<D> | null
}

/** All that one revision has changed in the range, in order. */
export interface WatchBatch<D extends Data = string> {
  readonly revision: Revision
  readonly events: readonly WatchEvent<D>[]
}

/** Ends when its signal aborts or its member closes. Throws StoreRefusedError when it is too late (`compacted`). */
export interface WatchStream<D extends Data = string> extends AsyncIterableIterator<WatchBatch<D>> {
  /**
   * Resolves when the watch has started, with the first revision that it wants: no change after that is missed. It
   * rejects as `next` does.
   */
  readonly started: Promise<Revision>
  /** Everything up to this revision has been handed out. To go on after a break: `from: seen + 1`. 0: not started yet. */
  readonly seen: Revision
}

/** What a transaction does: one of these, or another transaction. */
export type TransactionOperation = PlainOperation | Omit<Transaction<Data>, 'commit'>

/** As plain data. */
export type PlainOperation =
  | ({ readonly get: Data | Range } & Omit<RangeOptions, 'consistency' | 'signal'>)
  | ({ readonly put: Data; readonly value: Data | null } & Omit<PutOptions, 'signal'>)
  | ({ readonly delete: Data | Range } & Omit<DeleteOptions, 'signal'>)

/**
 * It holds if it holds for all keys of the range. A key that is not there has 0 for all numbers. No condition about its
 * value holds.
 */
export type Condition =
  | readonly [Data | Range, 'version' | 'create' | 'mod' | 'lease', CompareOperator, number]
  | readonly [Data | Range, 'value', CompareOperator, Data]

/**
 * Compares, and then does one thing or the other, in one step. It is no promise, although it has `then`: `commit` is
 * what sends it.
 *
 *     await kv.transaction().when('a', 'version', '=', 0).then({ put: 'a', value: '1' }).else({ get: 'a' }).commit()
 */
export interface Transaction<D extends Data = string> {
  /** All conditions must hold. */
  when(...condition: Condition): this
  then(...operations: TransactionOperation[]): this
  else(...operations: TransactionOperation[]): this
  commit(options?: AbortOptions): Promise<TransactionAnswer<D>>
}

export type OperationAnswer<D extends Data = string> =
  | ({ readonly type: 'get' } & Omit<RangeAnswer<D>, 'revision'>)
  | ({ readonly type: 'put' } & Omit<PutAnswer<D>, 'revision'>)
  | ({ readonly type: 'delete' } & Omit<DeleteAnswer<D>, 'revision'>)
  | ({ readonly type: 'transaction' } & Omit<TransactionAnswer<D>, 'revision'>)

export interface TransactionAnswer<D extends Data = string> {
  readonly revision: Revision
  /** All conditions held. */
  readonly succeeded: boolean
  /** Of each operation of the branch that was taken. */
  readonly results: readonly OperationAnswer<D>[]
}

/**
 * The replicated store: keys with revisions. Every write takes effect once, although it is retried, and is durable on a
 * majority when its promise resolves. Errors: StoreRefusedError (`reason` says why), InvalidOptionsError, NotTextError,
 * those of `propose` with `retry: 'safe'`, and those of `read`.
 */
export interface Store<D extends Data = string> {
  /** The same store, with Uint8Arrays for the keys and values of answers. */
  readonly bytes: Store<Uint8Array>
  /** Null: the key is not there. */
  get(key: Data, options?: ReadStoreOptions): Promise<Item<D> | null>
  range(range: Range, options?: RangeOptions): Promise<RangeAnswer<D>>
  /** `value` null: it stays as it is. */
  put(key: Data, value: Data | null, options?: PutOptions): Promise<PutAnswer<D>>
  delete(keyOrRange: Data | Range, options?: DeleteOptions): Promise<DeleteAnswer<D>>
  transaction(): Transaction<D>
  /**
   * A lease of at least `ttl` ms, from 50 on, which is renewed as long as this process runs and reaches a leader. All
   * leases of a process are renewed by one message.
   */
  lease(ttl: Millis, options?: AbortOptions): Promise<Lease>
  /** All leases that there are, by id. */
  leases(options?: AbortOptions): Promise<readonly LeaseInfo[]>
  /**
   * What is changed from now on, or from a revision on. Nothing is left out, and nothing comes twice. To read and then
   * follow: `range`, and then `watch` with `from: revision + 1`.
   */
  watch(keyOrRange: Data | Range, options?: WatchOptions): WatchStream<D>
  /** Forgets what was replaced before this revision. Reads and watches of earlier revisions are refused then. */
  compact(revision: Revision, options?: AbortOptions): Promise<void>
}

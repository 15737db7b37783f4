// What a client asks of the store, and what it gets. The semantics are those of etcd v3.
import type { KeyRange } from './sorted-map.ts'

/** Counts the changes of the whole store, from 1: each request that changes something has one. */
export type Revision = number
/** From 1. 0: no lease. */
export type LeaseId = number
/** How much there may be in the store. Infinity: any number. */
export interface StoreLimits {
  readonly keys: number
  /** In memory, of all versions, about. */
  readonly bytes: number
  readonly leases: number
}

/** A process that holds leases. From 1. 0: none. */
export type OwnerId = number

export interface KeyValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** When the key was put the last time while it was not there. */
  readonly createRevision: Revision
  readonly modRevision: Revision
  /** How often it was put since then. */
  readonly version: number
  readonly lease: LeaseId
}

export type SortTarget = 'key' | 'version' | 'create' | 'mod' | 'value'

export interface RangeRequest {
  readonly type: 'range'
  readonly range: KeyRange
  /** As it was at this revision. Default: now. */
  readonly revision?: Revision
  /** The most items of the answer. Default: all. */
  readonly limit?: number
  /** Default: by key, ascending. */
  readonly sort?: { readonly by: SortTarget; readonly order: 'ascending' | 'descending' }
  /** Without the values. */
  readonly keysOnly?: boolean
  readonly countOnly?: boolean
}

export interface PutRequest {
  readonly type: 'put'
  readonly key: Uint8Array
  /** Null: the value stays as it is. */
  readonly value: Uint8Array | null
  /** Null: the lease stays as it is. */
  readonly lease: LeaseId | null
  readonly returnPrevious?: boolean
}

export interface DeleteRequest {
  readonly type: 'delete'
  readonly range: KeyRange
  readonly returnPrevious?: boolean
}

export type CompareOperator = '=' | '!=' | '<' | '>'

/** Holds if it holds for every key of the range. A key that is not there has 0 for all numbers, and no value. */
export type Compare = { readonly range: KeyRange; readonly operator: CompareOperator } & (
  | { readonly target: 'version' | 'create' | 'mod' | 'lease'; readonly number: number }
  | { readonly target: 'value'; readonly value: Uint8Array }
)

export interface TransactionRequest {
  readonly type: 'transaction'
  readonly when: readonly Compare[]
  /** Carried out if all of them hold, else `failure`. */
  readonly success: readonly Operation[]
  readonly failure: readonly Operation[]
}

export type Operation = RangeRequest | PutRequest | DeleteRequest | TransactionRequest

export type Change =
  | PutRequest
  | DeleteRequest
  | TransactionRequest
  /** Revisions before this one can no longer be read. */
  | { readonly type: 'compact'; readonly revision: Revision }
  /** `ttl` in ms. `id` 0: the store chooses one. `owner`: see Lease. */
  | { readonly type: 'grant'; readonly id: LeaseId; readonly ttl: number; readonly owner: OwnerId }
  /**
   * Deletes the keys of these leases, all in one revision. `term`: they have ended, as the leader of this term found.
   * It counts only while that term lasts: the next leader may have promised them more time.
   */
  | { readonly type: 'revoke'; readonly ids: readonly LeaseId[]; readonly term?: number }

/** The leader limits the store, by its option. What is there stays, also beyond the limits. */
export interface LimitRequest {
  readonly type: 'limit'
  readonly limits: StoreLimits
}

export interface RangeResult {
  readonly type: 'range'
  readonly items: readonly KeyValue[]
  /** Of the range, whatever the limit. */
  readonly count: number
}

export interface PutResult {
  readonly type: 'put'
  readonly previous: KeyValue | null
}

export interface DeleteResult {
  readonly type: 'delete'
  readonly deleted: number
  readonly previous: readonly KeyValue[]
}

export interface TransactionResult {
  readonly type: 'transaction'
  readonly succeeded: boolean
  readonly results: readonly OperationResult[]
}

export type OperationResult = RangeResult | PutResult | DeleteResult | TransactionResult

export type ChangeResult =
  | PutResult
  | DeleteResult
  | TransactionResult
  | { readonly type: 'compact' }
  | { readonly type: 'grant'; readonly id: LeaseId }
  /** Those that there were. */
  | { readonly type: 'revoke'; readonly ids: readonly LeaseId[] }

export interface LimitResult {
  readonly type: 'limit'
}

export type Failure =
  /** The revision was compacted away. */
  | { readonly reason: 'compacted'; readonly compacted: Revision }
  /** There is no such revision yet. */
  | { readonly reason: 'future-revision'; readonly revision: Revision }
  | { readonly reason: 'no-lease'; readonly lease: LeaseId }
  | { readonly reason: 'lease-exists'; readonly lease: LeaseId }
  /** A put was to keep the value or the lease of a key that is not there. */
  | { readonly reason: 'no-key'; readonly key: Uint8Array }
  /** Two operations of one transaction put the same key, or one puts what another one deletes. */
  | { readonly reason: 'duplicate-key'; readonly key: Uint8Array }
  /** There would be more of these than there may be. */
  | { readonly reason: 'full'; readonly of: keyof StoreLimits; readonly limit: number }
  /** The answer to the change would have more bytes than this. */
  | { readonly reason: 'too-long'; readonly limit: number }

/** Nothing was changed. */
export interface Refused {
  readonly failure: Failure
}

export const isRefused = (answer: object): answer is Refused => 'failure' in answer

/** Without what only the store needs. */
export const itemOf = ({ key, value, createRevision, modRevision, version, lease }: KeyValue): KeyValue => ({
  key,
  value,
  createRevision,
  modRevision,
  version,
  lease,
})

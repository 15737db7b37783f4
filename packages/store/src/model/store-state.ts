// The store: what its changes do to the keys and the leases. It is the same on every member, since it depends on the
// changes and their order alone.
import { generationStep } from '@oarlock/runtime'
import { compareBytes } from './bytes.ts'
import { keyOverhead, type LiveVersion, sizeOf, type Version } from './key-history.ts'
import { KeySpace, type KeySpaceView } from './key-space.ts'
import { type Lease, Leases } from './leases.ts'
import { longestResult } from './request-limits.ts'
import {
  type Change,
  type ChangeResult,
  type Compare,
  type DeleteRequest,
  type Failure,
  itemOf,
  type KeyValue,
  type LeaseId,
  type LimitRequest,
  type LimitResult,
  type OperationResult,
  type PutRequest,
  type RangeRequest,
  type RangeResult,
  type Refused,
  type Revision,
  type StoreLimits,
  type TransactionRequest,
} from './requests.ts'
import { everything, only } from './sorted-map.ts'
import { contradictionIn, type Decided, decide, operationsOf } from './transaction.ts'

/** The result of a request, and the revision of the store after it. */
export type Answer<Result> = { readonly revision: Revision; readonly result: Result } | Refused

/** Everything that the store is, at one moment. */
export interface StateView {
  readonly keys: KeySpaceView
  readonly leases: readonly Lease[]
  readonly lastLease: LeaseId
  readonly limits: StoreLimits
}

/** The same without the keys. */
export interface StateHeader {
  readonly revision: Revision
  readonly compacted: Revision
  readonly leases: readonly Lease[]
  readonly lastLease: LeaseId
  readonly limits: StoreLimits
}

export const unlimited: StoreLimits = {
  keys: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  leases: Number.POSITIVE_INFINITY,
}

export class StoreState {
  readonly keys: KeySpace = new KeySpace()
  readonly leases: Leases = new Leases()
  #limits: StoreLimits = unlimited

  get limits(): StoreLimits {
    return this.#limits
  }

  /** Carries out a change, as a whole or not at all. `term`: that in which it came into the log. */
  apply(change: Change, term?: number): Answer<ChangeResult>
  apply(change: Change | LimitRequest, term?: number): Answer<ChangeResult | LimitResult>
  apply(change: Change | LimitRequest, term = 0): Answer<ChangeResult | LimitResult> {
    // What was lost with an older generation may have had revisions and leases that nobody here has seen.
    this.#advance(term - (term % generationStep))
    switch (change.type) {
      case 'put':
      case 'delete':
      case 'transaction':
        return this.#operate(change)
      case 'compact':
        return this.#compact(change.revision)
      case 'grant':
        return this.#grant(change)
      case 'revoke':
        return this.#revoke(change.term === undefined || change.term === term ? change.ids : [])
      case 'limit':
        this.#limits = change.limits
        return { revision: this.keys.revision, result: { type: 'limit' } }
    }
  }

  #advance(to: number): void {
    if (to <= this.keys.revision) return
    this.keys.advance(to)
    this.leases.advance(to)
  }

  /** Everything at this moment. Later changes do not show in it. */
  view(): StateView {
    const { all, last } = this.leases
    return { keys: this.keys.view(), leases: all, lastLease: last, limits: this.#limits }
  }

  /** Replaces everything. `versions`: of each key, oldest first. */
  restore(
    { revision, compacted, leases, lastLease, limits }: StateHeader,
    versions: Iterable<Version>,
  ): void {
    this.#limits = limits
    this.keys.restore(revision, compacted, versions)
    this.leases.restore(leases, lastLease)
    for (const { key, lease } of this.keys.range(everything)) this.leases.attach(lease, key)
  }

  /** Nothing was ever changed. */
  get isUntouched(): boolean {
    return this.keys.revision === 1 && this.keys.compacted === 0 && this.leases.last === 0
  }

  clear(): void {
    this.restore({ revision: 1, compacted: 0, leases: [], lastLease: 0, limits: unlimited }, [])
  }

  range(request: RangeRequest): Answer<RangeResult> {
    const failure = this.#unreadable(request)
    if (failure !== null) return { failure }
    return { revision: this.keys.revision, result: this.#read(request) }
  }

  #operate(operation: PutRequest | DeleteRequest | TransactionRequest): Answer<ChangeResult> {
    const failure = operation.type === 'transaction' ? contradictionIn(operation) : null
    if (failure !== null) return { failure }
    const decided = decide(operation, (compare) => this.#holds(compare))
    const operations = [...operationsOf(decided)]
    const refusal =
      this.#refusalOf(operations, operation.type === 'transaction') ??
      this.#fullFor(operations) ??
      this.#tooLongFor(operations)
    if (refusal !== null) return { failure: refusal }
    const result = this.keys.change(() => this.#carryOut(decided)) as ChangeResult
    return { revision: this.keys.revision, result }
  }

  /** In etcd's order: what is put first. */
  #refusalOf(
    operations: readonly (RangeRequest | PutRequest | DeleteRequest)[],
    inTransaction: boolean,
  ): Failure | null {
    for (const operation of operations) {
      const failure = operation.type === 'put' ? this.#unputtable(operation, inTransaction) : null
      if (failure !== null) return failure
    }
    for (const operation of operations) {
      const failure = operation.type === 'range' ? this.#unreadable(operation) : null
      if (failure !== null) return failure
    }
    return null
  }

  /** Deletions do not count: one transaction may need the room that another one makes. */
  #fullFor(operations: readonly (RangeRequest | PutRequest | DeleteRequest)[]): Failure | null {
    let { size: keys, bytes } = this.keys
    let puts = 0
    for (const operation of operations) {
      if (operation.type !== 'put') continue
      const before = this.keys.get(operation.key)
      puts++
      if (before === null) {
        keys++
        bytes += keyOverhead
      }
      bytes += sizeOf({ key: operation.key, value: operation.value ?? before!.value })
    }
    if (puts === 0) return null
    if (keys > this.keys.size && keys > this.#limits.keys) return full('keys', this.#limits)
    return bytes > this.#limits.bytes ? full('bytes', this.#limits) : null
  }

  /** Every member makes the answer, so one that is too long would stop all of them. */
  #tooLongFor(operations: readonly (RangeRequest | PutRequest | DeleteRequest)[]): Failure | null {
    const answering = operations.filter((one) => (one.type === 'range' ? !one.countOnly : one.returnPrevious))
    if (answering.length * this.keys.bytes <= longestResult) return null
    let length = 0
    for (const one of answering) {
      const range = one.type === 'put' ? only(one.key) : one.range
      const { revision = null, limit = 0, keysOnly = false } = one.type === 'range' ? one : {}
      let left =
        one.type === 'range' && one.sort === undefined && limit > 0 ? limit : Number.POSITIVE_INFINITY
      for (const { key, value } of this.keys.range(range, revision)) {
        if (left-- === 0) break
        length += key.length + (keysOnly ? 0 : value.length)
        if (length > longestResult) return { reason: 'too-long', limit: longestResult }
      }
    }
    return null
  }

  #unreadable({ revision }: RangeRequest): Failure | null {
    if (revision === undefined) return null
    const { compacted, revision: last } = this.keys
    if (revision > last) return { reason: 'future-revision', revision: last }
    return revision < compacted ? { reason: 'compacted', compacted } : null
  }

  /** In etcd's order, which is another one in a transaction. */
  #unputtable({ key, value, lease }: PutRequest, inTransaction: boolean): Failure | null {
    const noLease =
      lease !== null && lease !== 0 && this.leases.get(lease) === undefined
        ? ({ reason: 'no-lease', lease } as const)
        : null
    const isThere = (value !== null && lease !== null) || this.keys.get(key) !== null
    const noKey = isThere ? null : ({ reason: 'no-key', key } as const)
    return inTransaction ? (noKey ?? noLease) : (noLease ?? noKey)
  }

  #holds(compare: Compare): boolean {
    let isThere = false
    for (const item of this.keys.range(compare.range)) {
      isThere = true
      if (!holdsFor(item, compare)) return false
    }
    // etcd: a comparison with the value of a key that is not there never holds.
    return isThere || (compare.target !== 'value' && holdsFor(absent, compare))
  }

  #carryOut(decided: Decided): OperationResult {
    switch (decided.type) {
      case 'range':
        return this.#read(decided)
      case 'put':
        return this.#put(decided)
      case 'delete':
        return this.#delete(decided)
      case 'transaction': {
        const { succeeded, operations } = decided
        return { type: 'transaction', succeeded, results: operations.map((one) => this.#carryOut(one)) }
      }
    }
  }

  #put({ key, value, lease, returnPrevious = false }: PutRequest): OperationResult {
    const before = this.keys.get(key)
    const now = this.keys.put(key, value ?? before!.value, lease ?? before!.lease)
    if (before !== null && before.lease !== now.lease) this.leases.detach(before.lease, before.key)
    this.leases.attach(now.lease, now.key)
    return { type: 'put', previous: returnPrevious && before !== null ? itemOf(before) : null }
  }

  #delete({ range, returnPrevious = false }: DeleteRequest): OperationResult {
    const deleted = this.keys.delete(range)
    for (const { key, lease } of deleted) this.leases.detach(lease, key)
    return {
      type: 'delete',
      deleted: deleted.length,
      previous: returnPrevious ? deleted.map(itemOf) : [],
    }
  }

  #read({ range, revision, limit, sort, keysOnly = false, countOnly = false }: RangeRequest): RangeResult {
    const most = limit === undefined || limit === 0 ? Number.POSITIVE_INFINITY : limit
    const isByKey = sort === undefined || (sort.by === 'key' && sort.order === 'ascending')
    const found: LiveVersion[] = []
    let count = 0
    for (const item of this.keys.range(range, revision ?? null)) {
      count++
      if (!countOnly && (!isByKey || found.length < most)) found.push(item)
    }
    if (!isByKey) found.sort(ordering(sort))
    const items = found.slice(0, most).map(itemOf)
    return { type: 'range', count, items: keysOnly ? items.map(withoutValue) : items }
  }

  #compact(revision: Revision): Answer<ChangeResult> {
    const { compacted, revision: last } = this.keys
    if (revision <= compacted) return { failure: { reason: 'compacted', compacted } }
    if (revision > last) return { failure: { reason: 'future-revision', revision: last } }
    this.keys.compact(revision)
    return { revision: last, result: { type: 'compact' } }
  }

  #grant({ id: asked, ttl, owner }: Lease): Answer<ChangeResult> {
    const id = asked === 0 ? this.leases.next() : asked
    if (this.leases.get(id) !== undefined) return { failure: { reason: 'lease-exists', lease: id } }
    if (this.leases.size >= this.#limits.leases) return { failure: full('leases', this.#limits) }
    this.leases.grant({ id, ttl, owner })
    return { revision: this.keys.revision, result: { type: 'grant', id } }
  }

  #revoke(asked: readonly number[]): Answer<ChangeResult> {
    const ids = asked.filter((id) => this.leases.get(id) !== undefined)
    this.keys.change(() => {
      for (const id of ids) {
        for (const key of this.leases.keysOf(id)) this.keys.delete(only(key))
        this.leases.revoke(id)
      }
    })
    return { revision: this.keys.revision, result: { type: 'revoke', ids } }
  }
}

const full = (of: keyof StoreLimits, limits: StoreLimits): Failure => ({
  reason: 'full',
  of,
  limit: limits[of],
})

const withoutValue = (item: KeyValue): KeyValue => ({ ...item, value: noBytes })
const noBytes = new Uint8Array(0)

/** The numbers of a key that is not there. */
const absent: KeyValue = {
  key: noBytes,
  value: noBytes,
  createRevision: 0,
  modRevision: 0,
  version: 0,
  lease: 0,
}

const numberIn = {
  version: 'version',
  create: 'createRevision',
  mod: 'modRevision',
  lease: 'lease',
} as const satisfies Record<string, keyof KeyValue>

const holdsFor = (item: KeyValue, compare: Compare): boolean =>
  compares(
    compare.operator,
    compare.target === 'value'
      ? compareBytes(item.value, compare.value)
      : item[numberIn[compare.target]] - compare.number,
  )

function ordering({ by, order }: NonNullable<RangeRequest['sort']>): (a: KeyValue, b: KeyValue) => number {
  const ascending = (a: KeyValue, b: KeyValue): number =>
    by === 'key' || by === 'value' ? compareBytes(a[by], b[by]) : a[numberIn[by]] - b[numberIn[by]]
  return order === 'ascending' ? ascending : (a, b) => ascending(b, a)
}

function compares(operator: Compare['operator'], order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '>':
      return order > 0
  }
}

// Requests and answers of the store, as etcd's JSON gateway has them: bytes in base64, numbers of 64 bits as text, and
// nothing where a field has its zero value.
import { EtcdError, type EtcdServer } from '@oarlock/test-support/etcd-server'
import type {
  Change,
  ChangeResult,
  Compare,
  KeyValue,
  Operation,
  OperationResult,
  RangeRequest,
} from '../src/model/requests.ts'
import type { KeyRange } from '../src/model/sorted-map.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const zero = base64(Uint8Array.of(0))

/** What the two must agree on. */
export type Comparable =
  | { readonly revision: number; readonly result: unknown }
  | { readonly refused: string }

function bounds({ from, before }: KeyRange): object {
  const isOne = before !== null && before.length === from.length + 1 && before.at(-1) === 0
  const key = from.length === 0 ? zero : base64(from)
  if (isOne && from.every((byte, at) => before[at] === byte)) return { key }
  return { key, range_end: before === null ? zero : base64(before) }
}

const targets = {
  key: 'KEY',
  version: 'VERSION',
  create: 'CREATE',
  mod: 'MOD',
  value: 'VALUE',
  lease: 'LEASE',
}

export function rangeFor({ range, revision, limit, sort, keysOnly, countOnly }: RangeRequest): object {
  return {
    ...bounds(range),
    revision,
    limit,
    sort_order: sort === undefined ? 'NONE' : sort.order === 'ascending' ? 'ASCEND' : 'DESCEND',
    sort_target: targets[sort?.by ?? 'key'],
    keys_only: keysOnly,
    count_only: countOnly,
  }
}

function compareFor({ range, operator, ...compare }: Compare): object {
  const result = { '=': 'EQUAL', '!=': 'NOT_EQUAL', '<': 'LESS', '>': 'GREATER' }[operator]
  const common = { ...bounds(range), result, target: targets[compare.target] }
  if (compare.target === 'value') return { ...common, value: base64(compare.value) }
  const field = { version: 'version', create: 'create_revision', mod: 'mod_revision', lease: 'lease' }[
    compare.target
  ]
  return { ...common, [field]: compare.number }
}

function operationFor(operation: Operation): object {
  switch (operation.type) {
    case 'range':
      return { request_range: rangeFor(operation) }
    case 'put':
      return { request_put: changeFor(operation) }
    case 'delete':
      return { request_delete_range: changeFor(operation) }
    case 'transaction':
      return { request_txn: changeFor(operation) }
  }
}

function changeFor(change: Exclude<Change, { type: 'grant' | 'revoke' }>): object {
  switch (change.type) {
    case 'put':
      return {
        key: base64(change.key),
        ...(change.value === null ? { ignore_value: true } : { value: base64(change.value) }),
        ...(change.lease === null ? { ignore_lease: true } : { lease: change.lease }),
        prev_kv: change.returnPrevious,
      }
    case 'delete':
      return { ...bounds(change.range), prev_kv: change.returnPrevious }
    case 'transaction':
      return {
        compare: change.when.map(compareFor),
        success: change.success.map(operationFor),
        failure: change.failure.map(operationFor),
      }
    case 'compact':
      return { revision: change.revision, physical: true }
  }
}

const methods = { put: 'kv/put', delete: 'kv/deleterange', transaction: 'kv/txn', compact: 'kv/compaction' }

export async function askEtcd(etcd: EtcdServer, request: Change | RangeRequest): Promise<Comparable> {
  try {
    switch (request.type) {
      case 'range': {
        const answer = await etcd.ask<Answer>('kv/range', rangeFor(request))
        return { revision: revisionOf(answer), result: rangeOf(answer) }
      }
      case 'grant': {
        const ttl = Math.ceil(request.ttl / 1000)
        const answer = await etcd.ask<Answer & { ID: string }>('lease/grant', { ID: request.id, TTL: ttl })
        return { revision: revisionOf(answer), result: { type: 'grant', id: Number(answer.ID) } }
      }
      case 'revoke': {
        const [id] = request.ids
        const answer = await etcd.ask<Answer>('lease/revoke', { ID: id })
        return { revision: revisionOf(answer), result: { type: 'revoke', ids: [id] } }
      }
      default: {
        const answer = await etcd.ask<Answer>(methods[request.type], changeFor(request))
        return { revision: revisionOf(answer), result: resultOf(request, answer) }
      }
    }
  } catch (error) {
    if (error instanceof EtcdError)
      return { refused: refusals.find(([, text]) => text.test(error.message))?.[0] ?? error.message }
    throw error
  }
}

const refusals: readonly (readonly [string, RegExp])[] = [
  ['compacted', /required revision has been compacted/],
  ['future-revision', /required revision is a future revision/],
  ['no-lease', /requested lease not found/],
  ['lease-exists', /lease already exists/],
  ['no-key', /key not found/],
  ['duplicate-key', /duplicate key given/],
]

interface Answer {
  readonly header: { readonly revision?: string }
  readonly kvs?: readonly EtcdKeyValue[]
  readonly count?: string
  readonly prev_kv?: EtcdKeyValue
  readonly prev_kvs?: readonly EtcdKeyValue[]
  readonly deleted?: string
  readonly succeeded?: boolean
  readonly responses?: readonly Readonly<Record<string, Answer>>[]
}

interface EtcdKeyValue {
  readonly key: string
  readonly value?: string
  readonly create_revision?: string
  readonly mod_revision?: string
  readonly version?: string
  readonly lease?: string
}

const revisionOf = ({ header }: Answer): number => Number(header.revision ?? 0)

const itemOf = (kv: EtcdKeyValue): object => ({
  key: kv.key,
  value: kv.value ?? '',
  createRevision: Number(kv.create_revision ?? 0),
  modRevision: Number(kv.mod_revision ?? 0),
  version: Number(kv.version ?? 0),
  lease: Number(kv.lease ?? 0),
})

const rangeOf = ({ kvs = [], count }: Answer): object => ({
  type: 'range',
  items: kvs.map(itemOf),
  count: Number(count ?? 0),
})

function resultOf(request: Exclude<Operation, RangeRequest> | { type: 'compact' }, answer: Answer): object {
  switch (request.type) {
    case 'put':
      return { type: 'put', previous: answer.prev_kv === undefined ? null : itemOf(answer.prev_kv) }
    case 'delete':
      return {
        type: 'delete',
        deleted: Number(answer.deleted ?? 0),
        previous: (answer.prev_kvs ?? []).map(itemOf),
      }
    case 'transaction': {
      const { succeeded = false, responses = [] } = answer
      const operations = succeeded ? request.success : request.failure
      return {
        type: 'transaction',
        succeeded,
        results: operations.map((operation, at) => {
          const [inner] = Object.values(responses[at]!)
          return operation.type === 'range' ? rangeOf(inner!) : resultOf(operation, inner!)
        }),
      }
    }
    case 'compact':
      return { type: 'compact' }
  }
}

/** Bytes of the store's answers as the gateway has them. */
export function comparable(result: ChangeResult | OperationResult): unknown {
  const plain = (item: KeyValue | null): unknown =>
    item === null ? null : { ...item, key: base64(item.key), value: base64(item.value) }
  switch (result.type) {
    case 'range':
      return { ...result, items: result.items.map(plain) }
    case 'put':
      return { ...result, previous: plain(result.previous) }
    case 'delete':
      return { ...result, previous: result.previous.map(plain) }
    case 'transaction':
      return { ...result, results: result.results.map(comparable) }
    default:
      return result
  }
}

// Requests of the store, as etcd has them.
import type { Operation, RangeRequest } from '@oarlock/store'
import type {
  ICompare,
  IDeleteRangeRequest,
  IPutRequest,
  IRangeRequest,
  IRequestOp,
  ITxnRequest,
} from 'etcd3'
import { boundsOf, bufferOf } from './keys.ts'

type Of<Type extends Operation['type']> = Extract<Operation, { readonly type: Type }>
type Compare = Of<'transaction'>['when'][number]

const sortTargets = { key: 'Key', version: 'Version', create: 'Create', mod: 'Mod', value: 'Value' } as const

export const rangeFor = ({
  range,
  revision = 0,
  limit = 0,
  sort,
  keysOnly = false,
  countOnly = false,
}: RangeRequest): IRangeRequest => ({
  ...boundsOf(range),
  revision,
  limit,
  sort_order: sort === undefined ? 'None' : sort.order === 'ascending' ? 'Ascend' : 'Descend',
  sort_target: sortTargets[sort?.by ?? 'key'],
  keys_only: keysOnly,
  count_only: countOnly,
})

export const putFor = ({ key, value, lease, returnPrevious = false }: Of<'put'>): IPutRequest => ({
  key: bufferOf(key),
  ...(value === null ? { ignore_value: true } : { value: bufferOf(value) }),
  ...(lease === null ? { ignore_lease: true } : { lease }),
  prev_kv: returnPrevious,
})

export const deleteFor = ({ range, returnPrevious = false }: Of<'delete'>): IDeleteRangeRequest => ({
  ...boundsOf(range),
  prev_kv: returnPrevious,
})

export const transactionFor = ({ when, success, failure }: Of<'transaction'>): ITxnRequest => ({
  compare: when.map(compareFor),
  success: success.map(operationFor),
  failure: failure.map(operationFor),
})

function operationFor(operation: Operation): IRequestOp {
  switch (operation.type) {
    case 'range':
      return { request_range: rangeFor(operation) }
    case 'put':
      return { request_put: putFor(operation) }
    case 'delete':
      return { request_delete_range: deleteFor(operation) }
    case 'transaction':
      return { request_txn: transactionFor(operation) }
  }
}

const results = { '=': 'Equal', '!=': 'NotEqual', '<': 'Less', '>': 'Greater' } as const

function compareFor(compare: Compare): ICompare {
  const common = { ...boundsOf(compare.range), result: results[compare.operator] }
  switch (compare.target) {
    case 'version':
      return { ...common, target: 'Version', version: compare.number }
    case 'create':
      return { ...common, target: 'Create', create_revision: compare.number }
    case 'mod':
      return { ...common, target: 'Mod', mod_revision: compare.number }
    case 'lease':
      return { ...common, target: 'Lease', lease: compare.number }
    case 'value':
      return { ...common, target: 'Value', value: bufferOf(compare.value) }
  }
}

// Requests of the model, from what the caller gives.
import type { DeleteRequest, PutRequest, RangeRequest } from '../model/requests.ts'
import type { KeyRange } from '../model/sorted-map.ts'
import { keyBytes, rangeOf, valueBytes } from './data.ts'
import type { Data, DeleteOptions, PutOptions, Range, RangeOptions } from './store.ts'

export function rangeRequest(
  range: KeyRange,
  { revision, limit, sort, keysOnly, countOnly }: RangeOptions,
): RangeRequest {
  return {
    type: 'range',
    range,
    ...(revision === undefined ? {} : { revision }),
    ...(limit === undefined ? {} : { limit }),
    ...(sort === undefined ? {} : { sort: { by: sort.by, order: sort.order ?? 'ascending' } }),
    ...(keysOnly === true ? { keysOnly } : {}),
    ...(countOnly === true ? { countOnly } : {}),
  }
}

export function putRequest(
  key: Data,
  value: Data | null,
  { lease = null, previous = false }: PutOptions,
): PutRequest {
  return {
    type: 'put',
    key: keyBytes(key),
    value: value === null ? null : valueBytes(value),
    lease: lease === 'keep' ? null : typeof lease === 'object' ? (lease?.id ?? 0) : lease,
    returnPrevious: previous,
  }
}

export const deleteRequest = (given: Data | Range, { previous = false }: DeleteOptions): DeleteRequest => ({
  type: 'delete',
  range: rangeOf(given),
  returnPrevious: previous,
})

// How large one request may be. A caller's is checked when it is made, and a client's when a member receives it.
import { DecodeError } from '@oarlock/runtime'
import type { Change, Compare, LimitRequest, Operation, RangeRequest } from './requests.ts'
import type { KeyRange } from './sorted-map.ts'

/** In bytes. */
export const longestKey = 4096
export const longestValue: number = 1024 * 1024
/** The most conditions and operations of one transaction, those of inner ones included. */
export const mostOperations = 1024
/** Deeper transactions are refused. */
export const deepestTransaction = 16
/** Of what a change answers, in bytes, about. Every member makes the answer. */
export const longestResult: number = 32 * 1024 * 1024
/** In ms. */
export const ttlRange: { readonly least: number; readonly most: number } = { least: 50, most: 2 ** 40 }
/** Greater ids are not granted, so that the store never runs out of safe integers. */
const greatestLease: number = 2 ** 48

/** Throws DecodeError for a request of a client that no caller of the API could make. */
export function checkSubmitted(request: Change | LimitRequest | RangeRequest): void {
  switch (request.type) {
    case 'compact':
    case 'revoke':
      return
    case 'limit':
      throw new DecodeError('only the leader limits the store')
    case 'grant': {
      const { id, ttl } = request
      if (id > greatestLease || ttl < ttlRange.least || ttl > ttlRange.most)
        throw new DecodeError(`there is no lease ${id} with a time to live of ${ttl} ms`)
      return
    }
    default: {
      // The outermost transaction does not count.
      const count = checkOperation(request) - 1
      if (count > mostOperations)
        throw new DecodeError(`a transaction has ${count} conditions and operations`)
    }
  }
}

/** Returns how many conditions and operations it consists of. */
function checkOperation(operation: Operation): number {
  switch (operation.type) {
    case 'range':
    case 'delete':
      checkRange(operation.range)
      return 1
    case 'put': {
      const { key, value } = operation
      if (key.length === 0 || key.length > longestKey) throw tooLong('a key', key)
      if (value !== null && value.length > longestValue) throw tooLong('a value', value)
      return 1
    }
    case 'transaction': {
      const { when, success, failure } = operation
      let count = 1 + when.length
      for (const compare of when) checkCompare(compare)
      for (const inner of [...success, ...failure]) count += checkOperation(inner)
      return count
    }
  }
}

function checkCompare(compare: Compare): void {
  checkRange(compare.range)
  if (compare.target === 'value' && compare.value.length > longestValue)
    throw tooLong('a value', compare.value)
}

/** The end of the range that has only one key is longer by one byte. */
function checkRange({ from, before }: KeyRange): void {
  for (const end of [from, before ?? from]) if (end.length > longestKey + 1) throw tooLong('a key', end)
}

const tooLong = (what: string, { length }: Uint8Array): DecodeError =>
  new DecodeError(`${what} has ${length} bytes`)

// Requests as bytes, for the log and for the wire. Each begins with its type:
//
//   0 range · 1 put · 2 delete · 3 transaction · 4 compact · 5 grant · 6 revoke · 7 limit
//
// New types get new numbers. A change that a version does not know stops it, as it could not apply the log.
import { DecodeError } from '@oarlock/runtime'
import { deepestTransaction } from '../model/request-limits.ts'
import type { Change, Compare, LimitRequest, Operation, RangeRequest, SortTarget } from '../model/requests.ts'
import type { KeyRange } from '../model/sorted-map.ts'
import { ByteSink } from './byte-sink.ts'
import { ByteSource } from './byte-source.ts'
import { readLimits, writeLimits } from './limits-codec.ts'

export type Request = Change | LimitRequest | RangeRequest

const sortTargets: readonly SortTarget[] = ['key', 'version', 'create', 'mod', 'value']
const operators: readonly Compare['operator'][] = ['=', '!=', '<', '>']
const compareTargets: readonly Compare['target'][] = ['version', 'create', 'mod', 'lease', 'value']

/** Throws RangeError for a number that is none of the store, and for a transaction that is too deep. */
export function encodeRequest(request: Request): Uint8Array {
  const sink = new ByteSink()
  writeRequest(sink, request, deepestTransaction)
  return sink.take()
}

/** Throws DecodeError. */
export function decodeRequest(bytes: Uint8Array): Request {
  const source = new ByteSource(bytes)
  const request = readRequest(source, deepestTransaction)
  source.end()
  return request
}

function writeRequest(sink: ByteSink, request: Request, depth: number): void {
  switch (request.type) {
    case 'range':
    case 'put':
    case 'delete':
    case 'transaction':
      return writeOperation(sink, request, depth)
    case 'compact':
      sink.uint(4)
      return sink.uint(request.revision)
    case 'grant':
      sink.uint(5)
      sink.uint(request.id)
      sink.uint(request.ttl)
      return sink.uint(request.owner)
    case 'revoke':
      sink.uint(6)
      sink.list(request.ids, (id) => sink.uint(id))
      return sink.optional(request.term, (term) => sink.uint(term))
    case 'limit':
      sink.uint(7)
      return writeLimits(sink, request.limits)
  }
}

function readRequest(source: ByteSource, depth: number): Request {
  const type = source.tag(8)
  switch (type) {
    case 4:
      return { type: 'compact', revision: source.uint() }
    case 5:
      return { type: 'grant', id: source.uint(), ttl: source.uint(), owner: source.uint() }
    case 6:
      return readRevocation(source)
    case 7:
      return { type: 'limit', limits: readLimits(source) }
    default:
      return readOperation(source, type, depth)
  }
}

function readRevocation(source: ByteSource): Request {
  const ids = source.list(() => source.uint())
  const term = source.optional(() => source.uint())
  return { type: 'revoke', ids, ...(term === null ? {} : { term }) }
}

function writeOperation(sink: ByteSink, operation: Operation, depth: number): void {
  switch (operation.type) {
    case 'range': {
      const { range, revision = 0, limit = 0, sort, keysOnly = false, countOnly = false } = operation
      sink.uint(0)
      writeRange(sink, range)
      sink.uint(revision)
      sink.uint(limit)
      sink.optional(sort, ({ by, order }) =>
        sink.uint(2 * sortTargets.indexOf(by) + (order === 'ascending' ? 0 : 1)),
      )
      return sink.uint((keysOnly ? 1 : 0) + (countOnly ? 2 : 0))
    }
    case 'put': {
      const { key, value, lease, returnPrevious = false } = operation
      sink.uint(1)
      sink.bytes(key)
      sink.optional(value, (bytes) => sink.bytes(bytes))
      sink.optional(lease, (id) => sink.uint(id))
      return sink.uint(returnPrevious ? 1 : 0)
    }
    case 'delete': {
      const { range, returnPrevious = false } = operation
      sink.uint(2)
      writeRange(sink, range)
      return sink.uint(returnPrevious ? 1 : 0)
    }
    case 'transaction': {
      const { when, success, failure } = operation
      if (depth === 0) throw new RangeError(`a transaction is more than ${deepestTransaction} deep`)
      sink.uint(3)
      sink.list(when, (compare) => writeCompare(sink, compare))
      for (const branch of [success, failure])
        sink.list(branch, (inner) => writeOperation(sink, inner, depth - 1))
    }
  }
}

function readOperation(source: ByteSource, type: number, depth: number): Operation {
  switch (type) {
    case 0:
      return readRangeRequest(source)
    case 1: {
      const key = source.bytes()
      const value = source.optional(() => source.bytes())
      const lease = source.optional(() => source.uint())
      return { type: 'put', key, value, lease, returnPrevious: source.flag() }
    }
    case 2:
      return { type: 'delete', range: readRange(source), returnPrevious: source.flag() }
    default: {
      if (depth === 0) throw new DecodeError(`a transaction is more than ${deepestTransaction} deep`)
      const when = source.list(() => readCompare(source))
      const branch = () => source.list(() => readOperation(source, source.tag(4), depth - 1))
      return { type: 'transaction', when, success: branch(), failure: branch() }
    }
  }
}

function readRangeRequest(source: ByteSource): RangeRequest {
  const range = readRange(source)
  const [revision, limit] = [source.uint(), source.uint()]
  const sort = source.optional(() => source.tag(2 * sortTargets.length))
  const flags = source.tag(4)
  return {
    type: 'range',
    range,
    ...(revision === 0 ? {} : { revision }),
    ...(limit === 0 ? {} : { limit }),
    ...(sort === null
      ? {}
      : { sort: { by: sortTargets[sort >> 1]!, order: sort % 2 === 0 ? 'ascending' : 'descending' } }),
    ...(flags % 2 === 1 ? { keysOnly: true } : {}),
    ...(flags >= 2 ? { countOnly: true } : {}),
  }
}

function writeRange(sink: ByteSink, { from, before }: KeyRange): void {
  sink.bytes(from)
  sink.optional(before, (key) => sink.bytes(key))
}

const readRange = (source: ByteSource): KeyRange => ({
  from: source.bytes(),
  before: source.optional(() => source.bytes()),
})

function writeCompare(sink: ByteSink, compare: Compare): void {
  writeRange(sink, compare.range)
  sink.uint(operators.indexOf(compare.operator))
  sink.uint(compareTargets.indexOf(compare.target))
  if (compare.target === 'value') sink.bytes(compare.value)
  else sink.uint(compare.number)
}

function readCompare(source: ByteSource): Compare {
  const range = readRange(source)
  const operator = operators[source.tag(operators.length)]!
  const target = compareTargets[source.tag(compareTargets.length)]!
  return target === 'value'
    ? { range, operator, target, value: source.bytes() }
    : { range, operator, target, number: source.uint() }
}

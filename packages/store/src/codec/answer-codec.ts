// Answers as bytes, for the table of sessions and for the wire.
//
//   0 | revision | result      or      1 | failure
//
// A result begins with its type: 0 range · 1 put · 2 delete · 3 transaction · 4 compact · 5 grant · 6 revoke · 7 limit
import { DecodeError } from '@oarlock/runtime'
import { deepestTransaction } from '../model/request-limits.ts'
import {
  type ChangeResult,
  type Failure,
  isRefused,
  type KeyValue,
  type LimitResult,
  type OperationResult,
  type RangeResult,
  type StoreLimits,
} from '../model/requests.ts'
import type { Answer } from '../model/store-state.ts'
import { ByteSink } from './byte-sink.ts'
import { ByteSource } from './byte-source.ts'

export type Result = ChangeResult | LimitResult | RangeResult

const numbered = ['compacted', 'future-revision', 'no-lease', 'lease-exists'] as const
const keyed = ['no-key', 'duplicate-key'] as const
const limited = ['keys', 'bytes', 'leases'] as const satisfies (keyof StoreLimits)[]
/** After those: one for each thing that there may be too many of, and then the answer that is too long. */
const firstLimited = numbered.length + keyed.length
const tooLong: number = firstLimited + limited.length

export function encodeAnswer(answer: Answer<Result>): Uint8Array {
  const sink = new ByteSink()
  if (isRefused(answer)) {
    sink.uint(1)
    writeFailure(sink, answer.failure)
  } else {
    sink.uint(0)
    sink.uint(answer.revision)
    writeResult(sink, answer.result)
  }
  return sink.take()
}

/** Throws DecodeError. */
export function decodeAnswer(bytes: Uint8Array): Answer<Result> {
  const source = new ByteSource(bytes)
  const answer: Answer<Result> = source.flag()
    ? { failure: readFailure(source) }
    : { revision: source.uint(), result: readResult(source, deepestTransaction) }
  source.end()
  return answer
}

function writeResult(sink: ByteSink, result: Result): void {
  switch (result.type) {
    case 'range':
      sink.uint(0)
      sink.uint(result.count)
      return sink.list(result.items, (item) => writeItem(sink, item))
    case 'put':
      sink.uint(1)
      return sink.optional(result.previous, (item) => writeItem(sink, item))
    case 'delete':
      sink.uint(2)
      sink.uint(result.deleted)
      return sink.list(result.previous, (item) => writeItem(sink, item))
    case 'transaction':
      sink.uint(3)
      sink.uint(result.succeeded ? 1 : 0)
      return sink.list(result.results, (inner) => writeResult(sink, inner))
    case 'compact':
      return sink.uint(4)
    case 'grant':
      sink.uint(5)
      return sink.uint(result.id)
    case 'revoke':
      sink.uint(6)
      return sink.list(result.ids, (id) => sink.uint(id))
    case 'limit':
      return sink.uint(7)
  }
}

function readResult(source: ByteSource, depth: number): Result {
  const type = source.tag(8)
  switch (type) {
    case 4:
      return { type: 'compact' }
    case 5:
      return { type: 'grant', id: source.uint() }
    case 6:
      return { type: 'revoke', ids: source.list(() => source.uint()) }
    case 7:
      return { type: 'limit' }
    default:
      return readOperationResult(source, type, depth)
  }
}

function readOperationResult(source: ByteSource, type: number, depth: number): OperationResult {
  switch (type) {
    case 0: {
      const count = source.uint()
      return { type: 'range', count, items: source.list(() => readItem(source)) }
    }
    case 1:
      return { type: 'put', previous: source.optional(() => readItem(source)) }
    case 2: {
      const deleted = source.uint()
      return { type: 'delete', deleted, previous: source.list(() => readItem(source)) }
    }
    default: {
      if (depth === 0) throw new DecodeError(`a transaction is more than ${deepestTransaction} deep`)
      const succeeded = source.flag()
      const results = source.list(() => readOperationResult(source, source.tag(4), depth - 1))
      return { type: 'transaction', succeeded, results }
    }
  }
}

export function writeItem(sink: ByteSink, item: KeyValue): void {
  sink.bytes(item.key)
  sink.bytes(item.value)
  sink.uint(item.createRevision)
  sink.uint(item.modRevision)
  sink.uint(item.version)
  sink.uint(item.lease)
}

export function readItem(source: ByteSource): KeyValue {
  const [key, value] = [source.bytes(), source.bytes()]
  const [createRevision, modRevision] = [source.uint(), source.uint()]
  return { key, value, createRevision, modRevision, version: source.uint(), lease: source.uint() }
}

function writeFailure(sink: ByteSink, failure: Failure): void {
  switch (failure.reason) {
    case 'no-key':
    case 'duplicate-key':
      sink.uint(numbered.length + keyed.indexOf(failure.reason))
      return sink.bytes(failure.key)
    case 'full':
      sink.uint(firstLimited + limited.indexOf(failure.of))
      return sink.uint(failure.limit)
    case 'too-long':
      sink.uint(tooLong)
      return sink.uint(failure.limit)
    default:
      sink.uint(numbered.indexOf(failure.reason))
      return sink.uint(numberIn(failure))
  }
}

function numberIn(failure: Extract<Failure, { readonly reason: (typeof numbered)[number] }>): number {
  switch (failure.reason) {
    case 'compacted':
      return failure.compacted
    case 'future-revision':
      return failure.revision
    default:
      return failure.lease
  }
}

function readFailure(source: ByteSource): Failure {
  const tag = source.tag(tooLong + 1)
  if (tag === tooLong) return { reason: 'too-long', limit: source.uint() }
  if (tag >= firstLimited) return { reason: 'full', of: limited[tag - firstLimited]!, limit: source.uint() }
  if (tag >= numbered.length) return { reason: keyed[tag - numbered.length]!, key: source.bytes() }
  const reason = numbered[tag]!
  const number = source.uint()
  switch (reason) {
    case 'compacted':
      return { reason, compacted: number }
    case 'future-revision':
      return { reason, revision: number }
    default:
      return { reason, lease: number }
  }
}

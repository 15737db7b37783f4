// What a client and a member say to each other (docs/client-protocol.md). A request has a number, by which it is
// answered; answers come in any order.
//
//   request    number | type | …         0 open a session: timeout in ms
//                                        1 command of a session, as it is in the log
//                                        2 close a session: its id
//                                        3 range: consistency | the request
//                                        4 leases: owner, or nothing
//                                        5 renew: owner
//                                        6 take what a watch is for: range | from | previous | only
//                                        7 cancel: the number of another request, which is not answered then
//   answer     number | 0 | …            its result, by the type of the request
//              number | 1 | …            its error: code | outcome | message | leader
//
// Numbers and bytes are those of byte-sink.ts. New types get new numbers.
import { DecodeError, type Outcome, type SessionOutcome } from '@oarlock/runtime'
import type { StoreConsistency } from '../api/store.ts'
import { readItem, writeItem } from '../codec/answer-codec.ts'
import { ByteSink } from '../codec/byte-sink.ts'
import { ByteSource } from '../codec/byte-source.ts'
import { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest, type Result } from '../codec/index.ts'
import type { Lease } from '../model/leases.ts'
import type { OwnerId, RangeRequest, Revision } from '../model/requests.ts'
import type { Answer } from '../model/store-state.ts'
import type { Taken, WatchBatch, WatchRequest } from '../model/watches.ts'

/** As it is in the log. */
type Submitted = { readonly bytes: Uint8Array }

export type ClientRequest =
  | ({ readonly type: 'open' | 'command' | 'close' } & Submitted)
  | { readonly type: 'range'; readonly consistency: StoreConsistency; readonly request: RangeRequest }
  | { readonly type: 'leases'; readonly owner: OwnerId | null }
  | { readonly type: 'renew'; readonly owner: OwnerId }
  | { readonly type: 'take'; readonly watch: WatchRequest & { readonly from: Revision } }
  | { readonly type: 'cancel'; readonly other: number }

const types = ['open', 'command', 'close', 'range', 'leases', 'renew', 'take', 'cancel'] as const
const consistencies = ['linearizable', 'lease', 'local'] as const
const outcomes: readonly Outcome[] = ['not-applied', 'unknown', 'not-a-write']
const texts = new TextDecoder()
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export function encodeClientRequest(number: number, request: ClientRequest): Uint8Array {
  const sink = new ByteSink()
  sink.uint(number)
  sink.uint(types.indexOf(request.type))
  switch (request.type) {
    case 'open':
    case 'command':
    case 'close':
      sink.bytes(request.bytes)
      break
    case 'range':
      writeConsistency(sink, request.consistency)
      sink.bytes(encodeRequest(request.request))
      break
    case 'leases':
      sink.optional(request.owner, (owner) => sink.uint(owner))
      break
    case 'renew':
      sink.uint(request.owner)
      break
    case 'take':
      writeWatch(sink, request.watch)
      break
    case 'cancel':
      sink.uint(request.other)
  }
  return sink.take()
}

/** Throws DecodeError. */
export function decodeClientRequest(bytes: Uint8Array): {
  readonly number: number
  readonly request: ClientRequest
} {
  const source = new ByteSource(bytes)
  const number = source.uint()
  const request = readRequest(source)
  source.end()
  return { number, request }
}

function readRequest(source: ByteSource): ClientRequest {
  const type = types[source.tag(types.length)]!
  switch (type) {
    case 'open':
    case 'command':
    case 'close':
      return { type, bytes: source.bytes() }
    case 'range': {
      const consistency = readConsistency(source)
      const request = decodeRequest(source.bytes())
      if (request.type !== 'range') throw new DecodeError(`a request to read has the type ${request.type}`)
      return { type, consistency, request }
    }
    case 'leases':
      return { type, owner: source.optional(() => source.uint()) }
    case 'renew':
      return { type, owner: source.uint() }
    case 'take':
      return { type, watch: readWatch(source) }
    case 'cancel':
      return { type, other: source.uint() }
  }
}

function writeConsistency(sink: ByteSink, consistency: StoreConsistency): void {
  if (typeof consistency === 'string') return sink.uint(consistencies.indexOf(consistency))
  sink.uint(consistencies.length)
  sink.uint(consistency.atLeast)
}

function readConsistency(source: ByteSource): StoreConsistency {
  const tag = source.tag(consistencies.length + 1)
  return consistencies[tag] ?? { atLeast: source.uint() }
}

function writeWatch(
  sink: ByteSink,
  { range, from, previous = false, only }: WatchRequest & { from: Revision },
): void {
  sink.bytes(range.from)
  sink.optional(range.before, (before) => sink.bytes(before))
  sink.uint(from)
  sink.uint(previous ? 1 : 0)
  sink.uint(only === undefined ? 0 : only === 'put' ? 1 : 2)
}

function readWatch(source: ByteSource): WatchRequest & { readonly from: Revision } {
  const range = { from: source.bytes(), before: source.optional(() => source.bytes()) }
  const [from, previous, only] = [source.uint(), source.flag(), source.tag(3)]
  return { range, from, previous, ...(only === 0 ? {} : { only: only === 1 ? 'put' : 'delete' }) }
}

/** An error of ours, on its way to another process. */
export interface ToldError {
  readonly code: string
  readonly outcome: Outcome
  readonly message: string
  readonly leader: string | null
}

export type ClientAnswer = { readonly result: Uint8Array } | { readonly error: ToldError }

export function encodeClientAnswer(number: number, answer: ClientAnswer): Uint8Array {
  const sink = new ByteSink()
  sink.uint(number)
  if ('result' in answer) {
    sink.uint(0)
    sink.bytes(answer.result)
    return sink.take()
  }
  const { code, outcome, message, leader } = answer.error
  sink.uint(1)
  sink.bytes(bytesOf(code))
  sink.uint(outcomes.indexOf(outcome))
  sink.bytes(bytesOf(message))
  sink.optional(leader, (id) => sink.bytes(bytesOf(id)))
  return sink.take()
}

/** Throws DecodeError. */
export function decodeClientAnswer(bytes: Uint8Array): {
  readonly number: number
  readonly answer: ClientAnswer
} {
  const source = new ByteSource(bytes)
  const number = source.uint()
  const text = (): string => texts.decode(source.bytes())
  const answer: ClientAnswer = source.flag()
    ? {
        error: {
          code: text(),
          outcome: outcomes[source.tag(outcomes.length)]!,
          message: text(),
          leader: source.optional(text),
        },
      }
    : { result: source.bytes() }
  source.end()
  return { number, answer }
}

// The results, by the type of the request. Each decoder throws DecodeError.

const withSink = (write: (sink: ByteSink) => void): Uint8Array => {
  const sink = new ByteSink()
  write(sink)
  return sink.take()
}

function read<T>(bytes: Uint8Array, part: (source: ByteSource) => T): T {
  const source = new ByteSource(bytes)
  const value = part(source)
  source.end()
  return value
}

/** A number, or nothing: the session of `open`, the count of `renew`. */
export const encodeOptional = (value: number | null): Uint8Array =>
  withSink((sink) => sink.optional(value, (one) => sink.uint(one)))

export const decodeOptional = (bytes: Uint8Array): number | null =>
  read(bytes, (source) => source.optional(() => source.uint()))

const answers = ['nothing', 'invalid', 'dropped'] as const
const refusals = ['expired', 'acknowledged', 'too-many'] as const

/** Of `command`. */
export const encodeOutcome = (outcome: SessionOutcome): Uint8Array =>
  withSink((sink) => {
    if ('refused' in outcome) return sink.uint(1 + answers.length + refusals.indexOf(outcome.refused))
    const { answer, repeated } = outcome
    if (typeof answer === 'string') sink.uint(1 + answers.indexOf(answer))
    else {
      sink.uint(0)
      sink.bytes(answer)
    }
    sink.uint(repeated ? 1 : 0)
  })

export const decodeOutcome = (bytes: Uint8Array): SessionOutcome =>
  read(bytes, (source) => {
    const tag = source.tag(1 + answers.length + refusals.length)
    if (tag > answers.length) return { refused: refusals[tag - answers.length - 1]! }
    const answer = tag === 0 ? source.bytes() : answers[tag - 1]!
    return { answer, repeated: source.flag() }
  })

/** Of `range`. */
export const encodeResult: (answer: Answer<Result>) => Uint8Array = encodeAnswer
export const decodeResult: (bytes: Uint8Array) => Answer<Result> = decodeAnswer

/** Of `leases`. */
export const encodeLeases = (leases: readonly Lease[]): Uint8Array =>
  withSink((sink) =>
    sink.list(leases, ({ id, ttl, owner }) => {
      sink.uint(id)
      sink.uint(ttl)
      sink.uint(owner)
    }),
  )

export const decodeLeases = (bytes: Uint8Array): readonly Lease[] =>
  read(bytes, (source) =>
    source.list(() => ({ id: source.uint(), ttl: source.uint(), owner: source.uint() })),
  )

/** Of `take`. `taken` null: nothing has changed up to `seen`, after some time. */
export interface TakenAnswer {
  readonly seen: Revision
  readonly taken: Taken
}

export const encodeTaken = ({ seen, taken }: TakenAnswer): Uint8Array =>
  withSink((sink) => {
    sink.uint(seen)
    if (taken === null) return sink.uint(0)
    if ('failure' in taken) {
      sink.uint(2)
      return sink.bytes(encodeAnswer(taken))
    }
    sink.uint(1)
    sink.list(taken, ({ revision, events }) => {
      sink.uint(revision)
      sink.list(events, ({ type, item, previous }) => {
        sink.uint(type === 'put' ? 0 : 1)
        writeItem(sink, item)
        sink.optional(previous, (before) => writeItem(sink, before))
      })
    })
  })

export const decodeTaken = (bytes: Uint8Array): TakenAnswer =>
  read(bytes, (source) => {
    const seen = source.uint()
    const tag = source.tag(3)
    if (tag === 0) return { seen, taken: null }
    if (tag === 1) return { seen, taken: source.list(() => readBatch(source)) }
    const answer = decodeAnswer(source.bytes())
    if (!('failure' in answer)) throw new DecodeError('a watch that failed has no failure')
    return { seen, taken: { failure: answer.failure } }
  })

const readBatch = (source: ByteSource): WatchBatch => ({
  revision: source.uint(),
  events: source.list(() => ({
    type: source.flag() ? ('delete' as const) : ('put' as const),
    item: readItem(source),
    previous: source.optional(() => readItem(source)),
  })),
})

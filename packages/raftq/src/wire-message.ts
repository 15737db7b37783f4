// Raft's messages as JSON, and back. What comes over a pipe may be anything: every field is looked at, and what is not as it should
// be is refused as a whole.
import type { Configuration, Entry, Message, MessageType } from '@oarlock/core'
import { bytesOf, textOf } from './text.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One field: to JSON, and back. Throws {@link DamagedError} for what it cannot be. */
interface Field {
  readonly encode: (value: never) => Json
  readonly decode: (json: unknown) => unknown
  readonly optional?: true
}

/** Not what it should be. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new DamagedError(`${what} expected`)
}

export function asObject(json: unknown, what: string): Record<string, unknown> {
  expect(typeof json === 'object' && json !== null && !Array.isArray(json), what)
  return json as Record<string, unknown>
}

export function asList(json: unknown, what: string): readonly unknown[] {
  expect(Array.isArray(json), what)
  return json as unknown[]
}

export function asText(json: unknown, what: string): string {
  expect(typeof json === 'string', what)
  return json as string
}

/** A whole number from 0 on, as terms, indexes and counts are. */
export function asCount(json: unknown, what: string): number {
  expect(Number.isSafeInteger(json) && (json as number) >= 0, what)
  return json as number
}

const checked = (what: string, holds: (value: unknown) => boolean): Field => ({
  encode: (value) => value as Json,
  decode(json) {
    expect(holds(json), what)
    return json
  },
})

const count = checked('a whole number', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
const time = checked('a number', Number.isFinite)
const flag = checked('true or false', (value) => typeof value === 'boolean')
const text = checked('a text', (value) => typeof value === 'string')
const orNull = ({ encode, decode }: Field): Field => ({
  encode: (value) => (value === null ? null : encode(value)),
  decode: (json) => (json === null ? null : decode(json)),
})

const place: Field = {
  encode: ({ term, index }: { term: number; index: number }) => [term, index],
  decode(json) {
    const [term, index] = asList(json, 'a place in the log')
    return { term: asCount(term, 'a term'), index: asCount(index, 'an index') }
  },
}

const kind = (json: unknown): Entry['type'] => {
  expect(json === 'normal' || json === 'configuration', 'a kind of entry')
  return json as Entry['type']
}

export const encodeEntry = ({ term, index, type, data }: Entry): Json => [term, index, type, textOf(data)]

export function decodeEntry(json: unknown): Entry {
  const [term, index, type, data] = asList(json, 'an entry')
  return {
    term: asCount(term, 'a term') as Entry['term'],
    index: asCount(index, 'an index') as Entry['index'],
    type: kind(type),
    data: bytesOf(asText(data, 'data')),
  }
}

const entries: Field = {
  encode: (list: readonly Entry[]) => list.map(encodeEntry),
  decode(json) {
    const list = asList(json, 'entries').map(decodeEntry)
    expect(
      list.every(({ index }, i) => i === 0 || index === list[i - 1]!.index + 1),
      'entries in a row',
    )
    return list
  },
}

const payloads: Field = {
  encode: (list: readonly Pick<Entry, 'type' | 'data'>[]) =>
    list.map(({ type, data }) => [type, textOf(data)]),
  decode(json) {
    const list = asList(json, 'entries').map((each) => {
      const [type, data] = asList(each, 'an entry')
      return { type: kind(type), data: bytesOf(asText(data, 'data')) }
    })
    expect(list.length > 0, 'entries')
    return list
  },
}

const names = (json: unknown): readonly string[] =>
  asList(json, 'node ids').map((each) => asText(each, 'a node id'))

export function decodeConfiguration(json: unknown): Configuration {
  const { voters, outgoing, learners, learnersNext, autoLeave } = asObject(json, 'a configuration')
  expect(typeof autoLeave === 'boolean', 'true or false')
  return {
    voters: names(voters),
    outgoing: names(outgoing),
    learners: names(learners),
    learnersNext: names(learnersNext),
    autoLeave: autoLeave as boolean,
  }
}

const snapshot: Field = {
  encode: (value) => value as Json,
  decode(json) {
    const { term, index, configuration } = asObject(json, 'a snapshot')
    return {
      term: asCount(term, 'a term'),
      index: asCount(index, 'an index'),
      configuration: decodeConfiguration(configuration),
    }
  },
}

const policy = checked('a policy', (value) => value === 'quorum' || value === 'lease')
const optional = (field: Field): Field => ({ ...field, optional: true })

/** Why a vote was refused is left out: it is for people, and may be missing. */
const fields: { readonly [Type in MessageType]: Readonly<Record<string, Field>> } = {
  append: { term: count, prev: place, entries, commit: count },
  appendResponse: { term: count, index: count, rejected: flag, hint: place },
  vote: { term: count, last: place, transfer: flag },
  voteResponse: { term: count, granted: flag, committed: optional(place) },
  preVote: { term: count, last: place, transfer: flag },
  preVoteResponse: { term: count, granted: flag, committed: optional(place) },
  heartbeat: {
    term: count,
    commit: count,
    sentAt: time,
    round: count,
    heirPriority: count,
    heldByAll: count,
  },
  heartbeatResponse: { term: count, sentAt: time, round: count, priority: count },
  snapshot: { term: count, snapshot },
  timeoutNow: { term: count },
  transferLeader: { term: count, to: text },
  propose: { request: orNull(count), entries: payloads },
  proposeResponse: { request: count, at: orNull(place), reason: orNull(text) },
  readIndex: { request: count, policy },
  readIndexResponse: { request: count, index: count },
}

export function encodeMessage(message: Message): Json {
  const encoded: Record<string, Json> = { type: message.type }
  const values = message as unknown as Record<string, never>
  for (const [name, field] of Object.entries(fields[message.type]))
    if (values[name] !== undefined) encoded[name] = field.encode(values[name])
  return encoded
}

/** Throws {@link DamagedError}. */
export function decodeMessage(json: unknown): Message {
  const given = asObject(json, 'a message')
  const type = asText(given.type, 'a message type')
  expect(Object.hasOwn(fields, type), 'a known message type')
  const decoded: Record<string, unknown> = { type }
  for (const [name, field] of Object.entries(fields[type as MessageType]))
    if (!(field.optional && given[name] === undefined)) decoded[name] = field.decode(given[name])
  return decoded as unknown as Message
}

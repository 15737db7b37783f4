// Encodes the core's messages as JSON, and checks and decodes them.
import type {
  Configuration,
  Entry,
  EntryId,
  Index,
  Message,
  MessageType,
  SnapshotMeta,
  Term,
} from '@oarlock/core'
import {
  bytesOf,
  checked,
  count,
  flag,
  type Json,
  list,
  number,
  object,
  only,
  optional,
  orNull,
  type Shape,
  such,
  text,
  textOf,
  tuple,
} from '../json/index.ts'

export const term: Shape<Term> = count as Shape<Term>
export const index: Shape<Index> = count as Shape<Index>
const place: Shape<EntryId> = object({ term, index })
const kind = only('normal', 'configuration')
const data: Shape<Uint8Array> = (json, where) => bytesOf(text(json, where))
const names: Shape<readonly string[]> = list(text)

export const snapshotMeta: Shape<SnapshotMeta> = object({
  term,
  index,
  configuration: object<Configuration>({
    voters: names,
    outgoing: names,
    learners: names,
    learnersNext: names,
    autoLeave: flag,
  }),
})

const entry: Shape<Entry> = (json, where) => {
  const [t, i, type, bytes] = tuple<[Term, Index, Entry['type'], Uint8Array]>(
    term,
    index,
    kind,
    data,
  )(json, where)
  return { term: t, index: i, type, data: bytes }
}

/** Entries without a gap. */
export const entries: Shape<readonly Entry[]> = such(list(entry), (all) =>
  all.every((each, i) => i === 0 || each.index === all[i - 1]!.index + 1),
)

export const encodeEntry = ({ term, index, type, data }: Entry): Json => [term, index, type, textOf(data)]

type Payload = Pick<Entry, 'type' | 'data'>

/** An entry of a proposal has no term and index yet. */
const payload: Shape<Payload> = (json, where) => {
  const [type, bytes] = tuple<[Entry['type'], Uint8Array]>(kind, data)(json, where)
  return { type, data: bytes }
}

const vote = { term: count, last: place, transfer: flag }
/** The reason for a refusal is left out: nothing depends on it. */
const voteResponse = { term: count, granted: flag, committed: optional(place) }

const fields: { readonly [Type in MessageType]: Readonly<Record<string, Shape<unknown>>> } = {
  append: { term, prev: place, entries, commit: count },
  appendResponse: { term, index, rejected: flag, hint: place },
  vote,
  voteResponse,
  preVote: vote,
  preVoteResponse: voteResponse,
  heartbeat: {
    term,
    commit: count,
    sentAt: number,
    round: count,
    successorPriority: count,
    heldByAll: count,
  },
  heartbeatResponse: { term, sentAt: number, round: count, priority: count, promise: number },
  snapshot: { term, snapshot: snapshotMeta },
  timeoutNow: { term },
  transferLeader: { term, to: text },
  propose: { request: orNull(count), entries: such(list(payload), (all) => all.length > 0) },
  proposeResponse: { request: count, at: orNull(place), reason: orNull(text) },
  readIndex: { request: count, policy: only('quorum', 'lease') },
  readIndexResponse: { request: count, index },
}

export function encodeMessage(message: Message): Json {
  const { type } = message
  const encoded: Record<string, Json> = { type }
  const values = message as unknown as Record<string, Json>
  for (const name in fields[type]) if (values[name] !== undefined) encoded[name] = values[name]
  if (type === 'append') encoded.entries = message.entries.map(encodeEntry)
  if (type === 'propose') encoded.entries = message.entries.map(({ type, data }) => [type, textOf(data)])
  return encoded
}

const messageType: Shape<MessageType> = checked((json) => Object.hasOwn(fields, json as string))

export const message: Shape<Message> = (json, where) => {
  const { type } = object({ type: messageType })(json, where)
  return { type, ...object(fields[type])(json, `${where}.${type}`) } as unknown as Message
}

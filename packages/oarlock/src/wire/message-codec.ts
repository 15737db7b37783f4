// Every kind of message as bytes: a tag, then the fields. A tag is never reused and a layout never changed
// within a protocol version (handshake.ts).
import type { DropReason, Index, Term } from '@oarlock/core'
import { DecodeError, type PeerMessage } from '@oarlock/runtime'
import { ByteReader } from './byte-reader.ts'
import { type ByteWriter, stringSize } from './byte-writer.ts'
import {
  entriesSize,
  entryIdSize,
  payloadsSize,
  readEntries,
  readEntryId,
  readPayloads,
  writeEntries,
  writeEntryId,
  writePayloads,
} from './entry-codec.ts'
import { readSnapshot, snapshotSize, writeSnapshot } from './snapshot-codec.ts'
import { snapshotChunk, snapshotOffer, snapshotProgress } from './snapshot-transfer-codec.ts'
import { readVoteAnswer, voteAnswerSize, writeVoteAnswer } from './vote-response-codec.ts'

interface MessageCodec<M> {
  readonly tag: number
  /** The number of bytes after the tag. */
  size(message: M): number
  write(to: ByteWriter, message: M): void
  read(from: ByteReader): M
}

const readTerm = (from: ByteReader): Term => from.u64() as Term
const readIndex = (from: ByteReader): Index => from.u64() as Index

const tagOfReason = {
  'no-leader': 0,
  'not-leader': 1,
  transferring: 2,
  'too-many-uncommitted': 3,
  'forwarding-off': 4,
  'change-pending': 5,
  'configuration-changed': 6,
  'invalid-change': 7,
  'election-only': 8,
} satisfies Record<DropReason, number>
const reasonOf = new Map(Object.entries(tagOfReason).map(([reason, tag]) => [tag, reason as DropReason]))

function readReason(from: ByteReader): DropReason {
  const tag = from.u8()
  const reason = reasonOf.get(tag)
  if (reason === undefined) throw new DecodeError(`the reason ${tag} for dropping a proposal is unknown`)
  return reason
}

const codecs = {
  append: {
    tag: 1,
    size: ({ entries }) => 8 + entryIdSize + 8 + entriesSize(entries),
    write(to, { term, prev, commit, entries }) {
      to.u64(term)
      writeEntryId(to, prev)
      to.u64(commit)
      writeEntries(to, entries)
    },
    read(from) {
      const term = readTerm(from)
      const prev = readEntryId(from)
      const commit = readIndex(from)
      return { type: 'append', term, prev, entries: readEntries(from), commit }
    },
  },
  appendResponse: {
    tag: 2,
    size: () => 8 + 8 + 1 + entryIdSize,
    write(to, { term, index, rejected, hint }) {
      to.u64(term)
      to.u64(index)
      to.bool(rejected)
      writeEntryId(to, hint)
    },
    read: (from) => ({
      type: 'appendResponse',
      term: readTerm(from),
      index: readIndex(from),
      rejected: from.bool(),
      hint: readEntryId(from),
    }),
  },
  vote: {
    tag: 3,
    size: () => 8 + entryIdSize + 1,
    write(to, { term, last, transfer }) {
      to.u64(term)
      writeEntryId(to, last)
      to.bool(transfer)
    },
    read: (from) => ({ type: 'vote', term: readTerm(from), last: readEntryId(from), transfer: from.bool() }),
  },
  voteResponse: {
    tag: 4,
    size: (message) => 8 + voteAnswerSize(message),
    write(to, message) {
      to.u64(message.term)
      writeVoteAnswer(to, message)
    },
    read: (from) => ({ type: 'voteResponse', term: readTerm(from), ...readVoteAnswer(from) }),
  },
  preVote: {
    tag: 5,
    size: () => 8 + entryIdSize + 1,
    write(to, { term, last, transfer }) {
      to.u64(term)
      writeEntryId(to, last)
      to.bool(transfer)
    },
    read: (from) => ({
      type: 'preVote',
      term: readTerm(from),
      last: readEntryId(from),
      transfer: from.bool(),
    }),
  },
  preVoteResponse: {
    tag: 6,
    size: (message) => 8 + voteAnswerSize(message),
    write(to, message) {
      to.u64(message.term)
      writeVoteAnswer(to, message)
    },
    read: (from) => ({ type: 'preVoteResponse', term: readTerm(from), ...readVoteAnswer(from) }),
  },
  heartbeat: {
    tag: 7,
    size: () => 8 + 8 + 8 + 8 + 1 + 8,
    write(to, { term, commit, sentAt, round, successorPriority, heldByAll }) {
      to.u64(term)
      to.u64(commit)
      to.f64(sentAt)
      to.u64(round)
      to.u8(successorPriority)
      to.u64(heldByAll)
    },
    read: (from) => ({
      type: 'heartbeat',
      term: readTerm(from),
      commit: readIndex(from),
      sentAt: from.f64(),
      round: from.u64(),
      successorPriority: from.u8(),
      heldByAll: readIndex(from),
    }),
  },
  heartbeatResponse: {
    tag: 8,
    size: () => 8 + 8 + 8 + 1 + 8,
    write(to, { term, sentAt, round, priority, promise }) {
      to.u64(term)
      to.f64(sentAt)
      to.u64(round)
      to.u8(priority)
      to.f64(promise)
    },
    read: (from) => ({
      type: 'heartbeatResponse',
      term: readTerm(from),
      sentAt: from.f64(),
      round: from.u64(),
      priority: from.u8(),
      promise: from.f64(),
    }),
  },
  snapshot: {
    tag: 9,
    size: ({ snapshot }) => 8 + snapshotSize(snapshot),
    write(to, { term, snapshot }) {
      to.u64(term)
      writeSnapshot(to, snapshot)
    },
    read: (from) => ({ type: 'snapshot', term: readTerm(from), snapshot: readSnapshot(from) }),
  },
  timeoutNow: {
    tag: 10,
    size: () => 8,
    write(to, { term }) {
      to.u64(term)
    },
    read: (from) => ({ type: 'timeoutNow', term: readTerm(from) }),
  },
  transferLeader: {
    tag: 11,
    size: ({ to }) => 8 + stringSize(to),
    write(to, message) {
      to.u64(message.term)
      to.string(message.to)
    },
    read: (from) => ({ type: 'transferLeader', term: readTerm(from), to: from.string() }),
  },
  propose: {
    tag: 12,
    size: ({ request, entries }) => 1 + (request === null ? 0 : 8) + payloadsSize(entries),
    write(to, { request, entries }) {
      to.bool(request !== null)
      if (request !== null) to.f64(request)
      writePayloads(to, entries)
    },
    read: (from) => ({
      type: 'propose',
      request: from.bool() ? from.f64() : null,
      entries: readPayloads(from),
    }),
  },
  proposeResponse: {
    tag: 13,
    size: ({ at, reason }) => 8 + 1 + (at === null ? 0 : entryIdSize) + 1 + (reason === null ? 0 : 1),
    write(to, { request, at, reason }) {
      to.f64(request)
      to.bool(at !== null)
      if (at !== null) writeEntryId(to, at)
      to.bool(reason !== null)
      if (reason !== null) to.u8(tagOfReason[reason])
    },
    read: (from) => ({
      type: 'proposeResponse',
      request: from.f64(),
      at: from.bool() ? readEntryId(from) : null,
      reason: from.bool() ? readReason(from) : null,
    }),
  },
  readIndex: {
    tag: 14,
    size: () => 8 + 1,
    write(to, { request, policy }) {
      to.f64(request)
      to.bool(policy === 'lease')
    },
    read: (from) => ({
      type: 'readIndex',
      request: from.f64(),
      policy: from.bool() ? 'lease' : 'quorum',
    }),
  },
  readIndexResponse: {
    tag: 15,
    size: () => 8 + 8,
    write(to, { request, index }) {
      to.f64(request)
      to.u64(index)
    },
    read: (from) => ({ type: 'readIndexResponse', request: from.f64(), index: readIndex(from) }),
  },
  snapshotOffer,
  snapshotChunk,
  snapshotProgress,
  store: {
    tag: 19,
    size: ({ bytes }) => 4 + bytes.length,
    write(to, { bytes }) {
      to.bytes(bytes)
    },
    /** A copy: what was received is used again. */
    read: (from) => ({ type: 'store', bytes: from.bytes().slice() }),
  },
} satisfies { readonly [T in PeerMessage['type']]: MessageCodec<Extract<PeerMessage, { readonly type: T }>> }

const codecOf = (message: PeerMessage): MessageCodec<PeerMessage> =>
  codecs[message.type] as MessageCodec<PeerMessage>

const byTag: (MessageCodec<PeerMessage> | undefined)[] = []
for (const codec of Object.values(codecs)) byTag[codec.tag] = codec as MessageCodec<PeerMessage>

/** The number of bytes that `writeMessage` will write. */
export function messageSize(message: PeerMessage): number {
  return 1 + codecOf(message).size(message)
}

export function writeMessage(to: ByteWriter, message: PeerMessage): void {
  const codec = codecOf(message)
  to.u8(codec.tag)
  codec.write(to, message)
}

/**
 * Decodes the body of a frame. The data of entries are views of it, not copies. Throws {@link DecodeError}
 * for bytes that `writeMessage` cannot have written.
 */
export function decodeMessages(body: Uint8Array): PeerMessage[] {
  const from = new ByteReader(body)
  const messages: PeerMessage[] = []
  while (from.remaining > 0) {
    const tag = from.u8()
    const codec = byTag[tag]
    if (codec === undefined) throw new DecodeError(`the message tag ${tag} is unknown`)
    messages.push(codec.read(from))
  }
  return messages
}

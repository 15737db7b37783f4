import type { DropReason, Entry, EntryId, Index, Payload, Term, VoteRefusal } from '@oarlock/core'
import { DecodeError, type PeerMessage } from '@oarlock/runtime'
import { specimens } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeMessages, FrameDecoder, MessageBatch, messageSize } from './index.ts'

const count = fc.oneof(fc.nat(1000), fc.maxSafeNat())
const term = count.map((n) => n as Term)
const index = count.map((n) => n as Index)
const entryId: fc.Arbitrary<EntryId> = fc.record({ term, index })
const data = fc.uint8Array({ maxLength: 200 })
const entryType = fc.constantFrom('normal' as const, 'configuration' as const)
const entry: fc.Arbitrary<Entry> = fc.record({ term, index, type: entryType, data })
const payload: fc.Arbitrary<Payload> = fc.record({ type: entryType, data })
const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const name = fc.string({ unit: 'grapheme' })
const names = fc.array(name, { maxLength: 5 })
const reason = fc.constantFrom<DropReason>(
  'no-leader',
  'not-leader',
  'transferring',
  'too-many-uncommitted',
  'forwarding-off',
  'election-only',
)
const refusals: { readonly [R in VoteRefusal['reason']]: fc.Arbitrary<VoteRefusal & { reason: R }> } = {
  leads: fc.record({ reason: fc.constant('leads') }),
  'follows-leader': fc.record({ reason: fc.constant('follows-leader'), leader: name, remaining: finite }),
  promised: fc.record({ reason: fc.constant('promised'), remaining: finite, sinceStart: fc.boolean() }),
  'term-has-leader': fc.record({ reason: fc.constant('term-has-leader'), leader: name }),
  'voted-for-other': fc.record({ reason: fc.constant('voted-for-other'), vote: name }),
  'log-behind': fc.record({ reason: fc.constant('log-behind'), last: entryId }),
  'later-term': fc.record({ reason: fc.constant('later-term') }),
}
const answer = fc.record(
  {
    granted: fc.boolean(),
    refusal: fc.oneof(...Object.values<fc.Arbitrary<VoteRefusal>>(refusals)),
    committed: entryId,
  },
  { requiredKeys: ['granted'] },
)
const configuration = fc.record({
  voters: names,
  outgoing: names,
  learners: names,
  learnersNext: names,
  autoLeave: fc.boolean(),
})

const kinds: {
  readonly [T in PeerMessage['type']]: fc.Arbitrary<Extract<PeerMessage, { readonly type: T }>>
} = {
  append: fc.record({
    type: fc.constant('append'),
    term,
    prev: entryId,
    entries: fc.array(entry, { maxLength: 20 }),
    commit: index,
  }),
  appendResponse: fc.record({
    type: fc.constant('appendResponse'),
    term,
    index,
    rejected: fc.boolean(),
    hint: entryId,
  }),
  vote: fc.record({ type: fc.constant('vote'), term, last: entryId, transfer: fc.boolean() }),
  voteResponse: fc
    .tuple(term, answer)
    .map(([term, answer]) => ({ type: 'voteResponse' as const, term, ...answer })),
  preVote: fc.record({ type: fc.constant('preVote'), term, last: entryId, transfer: fc.boolean() }),
  preVoteResponse: fc
    .tuple(term, answer)
    .map(([term, answer]) => ({ type: 'preVoteResponse' as const, term, ...answer })),
  heartbeat: fc.record({
    type: fc.constant('heartbeat'),
    term,
    commit: index,
    sentAt: finite,
    round: count,
    successorPriority: fc.nat(100),
    heldByAll: index,
  }),
  heartbeatResponse: fc.record({
    type: fc.constant('heartbeatResponse'),
    term,
    sentAt: finite,
    round: count,
    priority: fc.nat(100),
    promise: finite,
  }),
  snapshot: fc.record({
    type: fc.constant('snapshot'),
    term,
    snapshot: fc.record({ index, term, configuration }),
  }),
  timeoutNow: fc.record({ type: fc.constant('timeoutNow'), term }),
  transferLeader: fc.record({ type: fc.constant('transferLeader'), term, to: name }),
  propose: fc.record({
    type: fc.constant('propose'),
    request: fc.option(count),
    entries: fc.array(payload, { maxLength: 20 }),
  }),
  proposeResponse: fc.record({
    type: fc.constant('proposeResponse'),
    request: count,
    at: fc.option(entryId),
    reason: fc.option(reason),
  }),
  readIndex: fc.record({
    type: fc.constant('readIndex'),
    request: count,
    policy: fc.constantFrom('quorum', 'lease'),
  }),
  readIndexResponse: fc.record({ type: fc.constant('readIndexResponse'), request: count, index }),
  snapshotOffer: fc.record({
    type: fc.constant('snapshotOffer'),
    term,
    snapshot: fc.record({ index, term, configuration }),
    size: count,
    digest: name,
    attempt: count,
  }),
  snapshotChunk: fc.record({
    type: fc.constant('snapshotChunk'),
    snapshot: entryId,
    digest: name,
    offset: count,
    bytes: data,
  }),
  snapshotProgress: fc.record({
    type: fc.constant('snapshotProgress'),
    term,
    snapshot: entryId,
    attempt: count,
    received: count,
  }),
  store: fc.record({ type: fc.constant('store'), bytes: data }),
}

const message: fc.Arbitrary<PeerMessage> = fc.oneof(...Object.values<fc.Arbitrary<PeerMessage>>(kinds))

/** The body of the one frame that small messages share. */
function bodyOf(messages: readonly PeerMessage[]): Buffer {
  const batch = new MessageBatch()
  for (const message of messages) batch.add(message)
  const [frame] = new FrameDecoder().push(batch.encode().buffer)
  return Buffer.from(frame!.body)
}

describe('the codec of messages', () => {
  test.each(Object.entries<fc.Arbitrary<PeerMessage>>(kinds))('decodes every %s as it was', (_, kind) => {
    fc.assert(
      fc.property(kind, (message) => {
        const body = bodyOf([message])
        expect(body.length).toBe(messageSize(message))
        expect(decodeMessages(body)).toEqual([message])
      }),
      { numRuns: 60 },
    )
  })

  test('decodes a sequence of messages as it was', () => {
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 10 }), (messages) => {
        expect(decodeMessages(bodyOf(messages))).toEqual(messages)
      }),
    )
  })

  test('keeps the sign of zero, and names with a byte order mark', () => {
    const [heartbeat, transfer] = decodeMessages(
      bodyOf([
        { ...specimens.heartbeat, sentAt: -0 },
        { ...specimens.transferLeader, to: '\uFEFFa' },
      ]),
    )
    expect(heartbeat).toEqual({ ...specimens.heartbeat, sentAt: -0 })
    expect(transfer).toEqual({ ...specimens.transferLeader, to: '\uFEFFa' })
  })

  // Other versions rely on the layout. A change here needs a new protocol version.
  test('writes the layout of protocol version 2', () => {
    const layouts = Object.entries<PeerMessage>(specimens).map(
      ([type, message]) => `${type} ${bodyOf([message]).toString('hex')}`,
    )
    expect(layouts).toMatchInlineSnapshot(`
      [
        "append 01000000000000000700000000000000060000000000000029000000000000002800000002000000000000000007000000000000002a000000030102038100000000",
        "appendResponse 020000000000000007000000000000002b0100000000000000050000000000000027",
        "vote 0300000000000000080000000000000007000000000000002b01",
        "voteResponse 040000000000000008050000000000000007000000000000002a",
        "preVote 0500000000000000080000000000000007000000000000002b01",
        "preVoteResponse 060000000000000008050000000000000007000000000000002a",
        "heartbeat 070000000000000008000000000000002b40934a00000000000000000000000006030000000000000029",
        "heartbeatResponse 08000000000000000840934a0000000000000000000000000602407f400000000000",
        "snapshot 090000000000000008000000000000002b0000000000000007000000020000000161000000016200000002000000016100000002c3a700000001000000016400000001000000016501",
        "timeoutNow 0a0000000000000008",
        "transferLeader 0b0000000000000008000000076e6f64652dc3bc",
        "propose 0c0140310000000000000000000100000000020908",
        "proposeResponse 0d4031000000000000010000000000000008000000000000002c0100",
        "readIndex 0e403200000000000001",
        "readIndexResponse 0f4032000000000000000000000000002b",
        "snapshotOffer 100000000000000008000000000000002b0000000000000007000000010000000161000000000000000000000000000000000200000000000000066330666665650000000000000002",
        "snapshotChunk 110000000000000007000000000000002b00000006633066666565000000010000000000000003010203",
        "snapshotProgress 1200000000000000080000000000000007000000000000002b00000000000000020000000100000000",
        "store 13000000020506",
      ]
    `)
  })

  test('writes a refusal without a reason as before, and one with a reason behind a flag', () => {
    const refused = { type: 'voteResponse', term: 8 as Term, granted: false } as const
    const [t, i] = [7 as Term, 43 as Index]
    const reasons: readonly (VoteRefusal | null)[] = [
      null,
      { reason: 'leads' },
      { reason: 'follows-leader', leader: 'a', remaining: 1.5 },
      { reason: 'promised', remaining: 1.5, sinceStart: true },
      { reason: 'term-has-leader', leader: 'a' },
      { reason: 'voted-for-other', vote: 'a' },
      { reason: 'log-behind', last: { term: t, index: i } },
      { reason: 'later-term' },
    ]
    const layouts = reasons.map((refusal) =>
      bodyOf([refusal === null ? refused : { ...refused, refusal }]).toString('hex'),
    )
    expect(layouts).toMatchInlineSnapshot(`
      [
        "04000000000000000800",
        "0400000000000000080200",
        "040000000000000008020100000001613ff8000000000000",
        "04000000000000000802023ff800000000000001",
        "04000000000000000802030000000161",
        "04000000000000000802040000000161",
        "04000000000000000802050000000000000007000000000000002b",
        "0400000000000000080206",
      ]
    `)
  })

  test('returns entries as views of the received bytes', () => {
    const body = bodyOf([specimens.append])
    const [append] = decodeMessages(body)
    if (append?.type !== 'append') throw new Error('no append')
    expect(append.entries[0]?.data.buffer).toBe(body.buffer)
  })

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('does not write %s as a term', (bad) => {
    expect(() => bodyOf([{ ...specimens.timeoutNow, term: bad as Term }])).toThrow(RangeError)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('does not write %s as a time', (bad) => {
    expect(() => bodyOf([{ ...specimens.heartbeat, sentAt: bad }])).toThrow(RangeError)
  })
})

describe('bytes that are not a message', () => {
  test('a term above 2^53 - 1 is refused, and 2^53 - 1 is not', () => {
    const greatest = bodyOf([{ ...specimens.timeoutNow, term: Number.MAX_SAFE_INTEGER as Term }])
    expect(decodeMessages(greatest)).toEqual([{ type: 'timeoutNow', term: Number.MAX_SAFE_INTEGER }])
    const above = Buffer.from([greatest[0]!, 0x00, 0x20, 0, 0, 0, 0, 0, 0])
    expect(() => decodeMessages(above)).toThrow('2^53 - 1')
  })

  test('a count beyond the bytes is refused before anything is allocated', () => {
    const body = bodyOf([{ ...specimens.append, entries: [] }])
    body.fill(0xff, body.length - 4)
    expect(() => decodeMessages(body)).toThrow('4294967295 items')
  })

  test.each(Object.entries<PeerMessage>(specimens))('%s, cut at any byte, is refused', (_, message) => {
    const body = bodyOf([message])
    for (let length = 1; length < body.length; length++) {
      expect(() => decodeMessages(body.subarray(0, length))).toThrow(DecodeError)
    }
  })

  test.each([
    ['an unknown tag', Buffer.from([99])],
    ['a tag of 0', Buffer.from([0])],
    ['a truth value of 2', Buffer.from([2, ...Array<number>(16).fill(0), 2, ...Array<number>(16).fill(0)])],
    ['an answer to a candidate of no known kind', Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 1, 3])],
    ['a refusal without the reason it announces', Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 1, 2])],
    ['a refusal for no known reason', Buffer.from([4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 7])],
    ['a time that is not a number', Buffer.from([8, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0])],
    ['a name that is not UTF-8', Buffer.from([11, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0xff])],
    ['an entry of no known type', Buffer.from([12, 0, 0, 0, 0, 1, 7, 0, 0, 0, 0])],
    ['a reason of no known kind', Buffer.from([13, ...Array<number>(8).fill(0), 0, 1, 9])],
  ])('%s is refused', (_, body) => {
    expect(() => decodeMessages(body)).toThrow(DecodeError)
  })

  test('any bytes are decoded or throw DecodeError', () => {
    const withTag = fc.tuple(fc.integer({ min: 1, max: 18 }), fc.uint8Array({ maxLength: 120 }))
    fc.assert(
      fc.property(withTag, ([tag, rest]) => {
        try {
          decodeMessages(Buffer.from([tag, ...rest]))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

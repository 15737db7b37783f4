import { type Event, index, type Message } from '@oarlock/core'
import { describe, expect, test } from 'vitest'
import { payloadOf } from '../machine/index.ts'
import { simulate } from '../runs/index.ts'
import { digestOfStep } from './step-fingerprint.ts'

const knows = { term: 3, commit: 4, applied: 2 }
const place = { index: 7, term: 2 }
/** A command of this write, with `length` bytes. */
const commandOf = (write: number, length: number) => payloadOf(write, null, new Uint8Array(length)).data
const entry = { index: 8, term: 3, type: 'normal', data: commandOf(1, 1) }
const configuration = { voters: ['n1'], outgoing: [], learners: [], learnersNext: [], autoLeave: false }

/** For each kind of message, the values of each field. */
const messages: Readonly<Record<Message['type'], Readonly<Record<string, readonly unknown[]>>>> = {
  append: {
    term: [3, 4],
    prev: [place, { ...place, index: 8 }, { ...place, term: 1 }],
    entries: [
      [entry],
      [],
      [entry, { ...entry, index: 9 }],
      [{ ...entry, term: 2 }],
      [{ ...entry, type: 'configuration' }],
      [{ ...entry, data: commandOf(2, 1) }],
      [{ ...entry, data: commandOf(1, 0) }],
    ],
    commit: [4, 5],
  },
  appendResponse: {
    term: [3, 4],
    index: [7, 8],
    rejected: [false, true],
    hint: [place, { ...place, index: 8 }, { ...place, term: 1 }],
  },
  vote: {
    term: [3, 4],
    last: [place, { ...place, index: 8 }, { ...place, term: 1 }],
    transfer: [false, true],
  },
  preVote: { term: [3, 4], last: [place, { ...place, index: 8 }], transfer: [false, true] },
  voteResponse: {
    term: [3, 4],
    granted: [false, true],
    committed: [place, undefined, { ...place, index: 8 }, { ...place, term: 1 }],
    refusal: [undefined, { reason: 'leads' }, { reason: 'later-term' }],
  },
  preVoteResponse: { term: [3, 4], granted: [false, true], committed: [place, undefined] },
  heartbeat: {
    term: [3, 4],
    commit: [4, 5],
    sentAt: [10, 10.000001],
    round: [1, 2],
    successorPriority: [0, 1],
    heldByAll: [1, 2],
  },
  heartbeatResponse: { term: [3, 4], sentAt: [10, 10.000001], round: [1, 2], priority: [0, 1] },
  snapshot: {
    term: [3, 4],
    snapshot: [
      { ...place, configuration },
      { ...place, index: 8, configuration },
      { ...place, term: 1, configuration },
      { ...place, configuration: { ...configuration, voters: ['n2'] } },
      { ...place, configuration: { ...configuration, learners: ['n2'] } },
      { ...place, configuration: { ...configuration, autoLeave: true } },
    ],
  },
  timeoutNow: { term: [3, 4] },
  transferLeader: { term: [3], to: ['n1', 'n2'] },
  propose: { request: [1, 2, null], entries: [[entry], [entry, entry]] },
  proposeResponse: {
    request: [1, 2],
    at: [place, null, { ...place, index: 8 }],
    reason: [null, 'no-leader'],
  },
  readIndex: { request: [1, 2], policy: ['quorum', 'lease'] },
  readIndexResponse: { request: [1, 2], index: [7, 8] },
}

/** The message with the first value of each field, and a variant for each other value. */
function variants(type: string, fields: Readonly<Record<string, readonly unknown[]>>): readonly object[] {
  const plain = Object.fromEntries(Object.entries(fields).map(([name, [first]]) => [name, first]))
  const others = Object.entries(fields).flatMap(([name, [, ...values]]) =>
    values.map((value) => ({ type, ...plain, [name]: value })),
  )
  return [{ type, ...plain }, ...others]
}

const digest = (event: object, at = 0, node: object = knows): number =>
  digestOfStep(at, event as Event, node as Parameters<typeof digestOfStep>[2])

const received = (message: object, from = 'n1'): number => digest({ type: 'receive', from, message })

describe('two steps have different digests', () => {
  test.each(Object.entries(messages))('if one field of a message differs: %s', (type, fields) => {
    const all = variants(type, fields)
    expect(new Set(all.map((message) => received(message))).size).toBe(all.length)
  })

  test('if the kinds of messages or their senders differ', () => {
    const kinds = Object.keys(messages).map((type) => variants(type, messages[type as Message['type']])[0]!)
    expect(new Set(kinds.map((message) => received(message))).size).toBe(kinds.length)
    expect(received(kinds[0]!, 'n2')).not.toBe(received(kinds[0]!, 'n1'))
  })

  test('if the nodes or their states differ', () => {
    const tick = { type: 'tick' }
    const all = [
      digest(tick),
      digest(tick, 1),
      ...Object.keys(knows).map((name) => digest(tick, 0, { ...knows, [name]: 9 })),
    ]
    expect(new Set(all).size).toBe(5)
  })

  test('if their local events differ', () => {
    const all = [
      { type: 'tick' },
      { type: 'campaign' },
      { type: 'stepDown' },
      { type: 'applied', index: 1 },
      { type: 'applied', index: 2 },
      { type: 'persisted', write: { sequence: 1 } },
      { type: 'persisted', write: { sequence: 2 } },
      { type: 'peerUnreachable', id: 'n1' },
      { type: 'peerUnreachable', id: 'n2' },
    ]
    expect(new Set(all.map((event) => digest(event))).size).toBe(all.length)
  })
})

test('a run that differs only in the content of a message has another fingerprint', () => {
  const run = (heldByAll: number | null): ReturnType<typeof simulate> =>
    simulate({
      seed: 12,
      watch: ({ nodes }) => {
        for (const node of nodes) {
          const receive = node.receive.bind(node)
          // Only witnesses use the field, and there are none.
          node.receive = (envelope) => {
            const { message } = envelope
            if (heldByAll === null || message.type !== 'heartbeat') return receive(envelope)
            receive({ ...envelope, message: { ...message, heldByAll: index(heldByAll) } })
          }
        }
      },
    })
  const { fingerprint, ...all } = run(null)
  const { fingerprint: other, ...same } = run(1)
  expect(same).toEqual(all)
  expect(other).not.toBe(fingerprint)
})

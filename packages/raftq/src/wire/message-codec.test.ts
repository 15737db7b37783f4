import { type Message, term } from '@oarlock/core'
import { expect, it } from 'vitest'
import { bytesOf, DamagedError } from '../json/index.ts'
import { encodeMessage, message as messageShape } from './message-codec.ts'

const decodeMessage = (json: unknown) => messageShape(json, 'message')
const place = { term: 3, index: 7 }
const data = bytesOf('{"value":"Ä 🚣"}')
const configuration = { voters: ['a~1'], outgoing: [], learners: ['b~2'], learnersNext: [], autoLeave: false }
const messages = [
  { type: 'append', term: 3, prev: place, entries: [{ term: 3, index: 8, type: 'normal', data }], commit: 7 },
  { type: 'appendResponse', term: 3, index: 7, rejected: true, hint: place },
  { type: 'vote', term: 3, last: place, transfer: false },
  { type: 'voteResponse', term: 3, granted: true, committed: place },
  { type: 'preVote', term: 3, last: place, transfer: true },
  { type: 'preVoteResponse', term: 3, granted: false },
  { type: 'heartbeat', term: 3, commit: 7, sentAt: 1.5, round: 0, successorPriority: 1, heldByAll: 0 },
  { type: 'heartbeatResponse', term: 3, sentAt: 1.5, round: 0, priority: 1, promise: 500 },
  { type: 'snapshot', term: 3, snapshot: { ...place, configuration } },
  { type: 'timeoutNow', term: 3 },
  { type: 'transferLeader', term: 3, to: 'b~2' },
  { type: 'propose', request: null, entries: [{ type: 'normal', data }] },
  { type: 'proposeResponse', request: 1, at: null, reason: 'no-leader' },
  { type: 'readIndex', request: 1, policy: 'quorum' },
  { type: 'readIndexResponse', request: 1, index: 7 },
] as unknown as readonly Message[]

const asCarried = (message: Message): unknown => JSON.parse(JSON.stringify(encodeMessage(message)))

it.each(messages)('carries $type as JSON, and back', (message) =>
  expect(decodeMessage(asCarried(message))).toEqual(message),
)

it.each(messages)('refuses $type with any damaged field', (message) => {
  const carried = asCarried(message) as Record<string, unknown>
  for (const field of Object.keys(carried))
    expect(() => decodeMessage({ ...carried, [field]: { damaged: true } }), field).toThrow(DamagedError)
})

it.each([null, 1, 'append', [], {}, { type: 'constructor' }, { type: 'append' }])('refuses %j', (json) =>
  expect(() => decodeMessage(json)).toThrow(DamagedError),
)

it('refuses numbers that cannot be a term or an index', () => {
  for (const bad of [-1, 0.5, 2 ** 53, '3', null])
    expect(() => decodeMessage({ type: 'timeoutNow', term: bad })).toThrow(DamagedError)
  expect(decodeMessage({ type: 'timeoutNow', term: 3 })).toEqual({ type: 'timeoutNow', term: term(3) })
})

// The bytes of the client protocol, as a file. Once it was released, it never changes: new types get new numbers.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { encodeAnswer, encodeRequest } from '../codec/index.ts'
import {
  type ClientAnswer,
  type ClientRequest,
  decodeClientAnswer,
  decodeClientRequest,
  encodeClientAnswer,
  encodeClientRequest,
  encodeLeases,
  encodeOptional,
  encodeOutcome,
  encodeTaken,
} from './messages.ts'

const file = new URL('../../test/golden/client-protocol.txt', import.meta.url)
const [key, value] = [Uint8Array.of(97, 47, 49), Uint8Array.of(49, 48)]
const range = { from: key, before: Uint8Array.of(97, 48) }
const item = { key, value, createRevision: 5, modRevision: 300, version: 2, lease: 7 }

const requests: Readonly<Record<string, ClientRequest>> = {
  open: { type: 'open', bytes: Uint8Array.of(0, 0, 0, 54, 238, 128) },
  command: {
    type: 'command',
    bytes: Uint8Array.of(...new Uint8Array(18), ...encodeRequest({ type: 'put', key, value, lease: 7 })),
  },
  close: { type: 'close', bytes: Uint8Array.of(0, 0, 0, 0, 1, 44) },
  range: { type: 'range', consistency: 'linearizable', request: { type: 'range', range, limit: 10 } },
  'range-at-least': { type: 'range', consistency: { atLeast: 300 }, request: { type: 'range', range } },
  leases: { type: 'leases', owner: null },
  'leases-of-owner': { type: 'leases', owner: 2 ** 40 },
  renew: { type: 'renew', owner: 2 ** 40 },
  take: { type: 'take', watch: { range, from: 301, previous: true, only: 'delete' } },
  cancel: { type: 'cancel', other: 12 },
}

const put = encodeAnswer({ revision: 301, result: { type: 'put', previous: item } })
const found = encodeAnswer({ revision: 301, result: { type: 'range', items: [item], count: 3 } })
const batch = { revision: 300, events: [{ type: 'put' as const, item, previous: null }] }

const answers: Readonly<Record<string, ClientAnswer>> = {
  'open-answer': { result: encodeOptional(300) },
  'command-answer': { result: encodeOutcome({ answer: put, repeated: false }) },
  'command-refused': { result: encodeOutcome({ refused: 'expired' }) },
  'range-answer': { result: found },
  'leases-answer': { result: encodeLeases([{ id: 7, ttl: 5000, owner: 2 ** 40 }]) },
  'renew-answer': { result: encodeOptional(null) },
  'take-answer': { result: encodeTaken({ seen: 300, taken: [batch] }) },
  'take-nothing': { result: encodeTaken({ seen: 300, taken: null }) },
  'take-compacted': {
    result: encodeTaken({ seen: 299, taken: { failure: { reason: 'compacted', compacted: 350 } } }),
  },
  error: {
    error: { code: 'OARLOCK_NO_LEADER', outcome: 'not-applied', message: 'no leader', leader: 'api-1' },
  },
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

it('the bytes of the client protocol are those of its file (`vitest -u` writes it, before it is released)', async () => {
  const lines = [
    ...Object.entries(requests).map(([name, one]) => `${name} ${hex(encodeClientRequest(12, one))}`),
    ...Object.entries(answers).map(([name, one]) => `${name} ${hex(encodeClientAnswer(12, one))}`),
  ]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(file.pathname)
})

it('the bytes of the file are decoded to the same messages', () => {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.length).toBe(Object.keys({ ...requests, ...answers }).length)
  for (const line of lines) {
    const [name, bytes] = line.split(' ')
    const message = Uint8Array.from(Buffer.from(bytes!, 'hex'))
    if (requests[name!] !== undefined)
      expect(decodeClientRequest(message)).toEqual({ number: 12, request: requests[name!] })
    else expect(decodeClientAnswer(message)).toEqual({ number: 12, answer: answers[name!] })
  }
})

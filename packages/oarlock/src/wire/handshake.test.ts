import { DecodeError, lanes, type RefusalReason } from '@oarlock/runtime'
import { identityOf } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeHello,
  decodeRefusal,
  decodeWelcome,
  encodeHello,
  encodeRefusal,
  encodeWelcome,
  FrameDecoder,
  FrameKind,
  protocolVersion,
} from './index.ts'

const name = fc.string({ unit: 'grapheme' })
const identities = fc.record({
  id: name,
  cluster: name,
  incarnation: name,
  starts: fc.record({ count: fc.maxSafeNat(), recent: fc.array(name, { maxLength: 5 }) }),
  founders: fc.array(name, { maxLength: 5 }),
  purpose: fc.constantFrom('replication' as const, 'election' as const),
  kind: fc.constantFrom('full' as const, 'witness' as const),
  electionTimeout: fc.double({ noNaN: true, noDefaultInfinity: true }),
})

const only = (bytes: Buffer) => [...new FrameDecoder().push(bytes)][0]!
const hello = { version: protocolVersion, identity: identityOf('a'), to: 'b-ü', lane: 'bulk' as const }

describe('the handshake', () => {
  test('Hello is decoded as it was', () => {
    const lane = fc.constantFrom(...lanes)
    fc.assert(
      fc.property(identities, name, lane, (identity, to, lane) => {
        const given = { version: protocolVersion, identity, to, lane }
        const frame = only(encodeHello(given))
        expect(frame.kind).toBe(FrameKind.hello)
        expect(decodeHello(frame.body)).toEqual(given)
      }),
    )
  })

  test('the version of a Hello of another version is known, whatever follows', () => {
    const { body } = only(encodeHello({ ...hello, version: 9 }))
    const unread = { version: 9, identity: null }
    expect(decodeHello(body)).toEqual(unread)
    expect(decodeHello(body.subarray(0, 6))).toEqual(unread)
  })

  test('Hello begins with OARL and the version, in every version', () => {
    expect(Buffer.from(only(encodeHello(hello)).body.subarray(0, 6)).toString('latin1')).toBe('OARL\x00\x02')
  })

  test('other bytes than a Hello are refused', () => {
    const { body } = only(encodeHello(hello))
    expect(() => decodeHello(Buffer.from('GET / HTTP/1.1'))).toThrow(DecodeError)
    expect(() => decodeHello(Buffer.concat([body, Buffer.of(0)]))).toThrow(DecodeError)
    expect(() => decodeHello(Buffer.concat([body.subarray(0, -1), Buffer.of(9)]))).toThrow(DecodeError)
    for (let length = 0; length < body.length; length++) {
      expect(() => decodeHello(body.subarray(0, length))).toThrow(DecodeError)
    }
  })

  test.each<RefusalReason>([
    'wrong-version',
    'wrong-cluster',
    'wrong-member',
    'unknown-member',
    'duplicate-id',
    'other-founders',
    'other-purpose',
    'other-incarnation',
    'older-copy',
  ])('a refusal has the reason %s and a detail', (reason) => {
    const frame = only(encodeRefusal({ reason, detail: 'as it is' }))
    expect(frame.kind).toBe(FrameKind.refused)
    expect(decodeRefusal(frame.body)).toEqual({ reason, detail: 'as it is' })
  })

  test('a refusal for a reason of a later version is still understood', () => {
    const { body } = only(encodeRefusal({ reason: 'wrong-cluster', detail: 'why' }))
    body[0] = 200
    expect(decodeRefusal(body)).toEqual({ reason: 'wrong-version', detail: 'why' })
  })

  test('the detail of a refusal neither fills nor forges the log', () => {
    const detail = decodeRefusal(
      only(encodeRefusal({ reason: 'wrong-cluster', detail: `a\nb${'ü'.repeat(9000)}` })).body,
    ).detail
    expect(detail.startsWith('a\\u000abü')).toBe(true)
    expect(Buffer.byteLength(detail)).toBeLessThan(4200)
  })

  test('Welcome is decoded as it was', () => {
    fc.assert(
      fc.property(identities, (identity) => {
        const frame = only(encodeWelcome(identity))
        expect(frame.kind).toBe(FrameKind.welcome)
        expect(decodeWelcome(frame.body)).toEqual(identity)
      }),
    )
  })
})

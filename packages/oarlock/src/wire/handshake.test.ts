import { DecodeError, lanes, type RefusalReason } from '@oarlock/runtime'
import { identityOf } from '@oarlock/testkit/conformance'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  commonVersion,
  decodeHello,
  decodeIntroduction,
  decodeRefusal,
  decodeWelcome,
  encodeHello,
  encodeIntroduction,
  encodeRefusal,
  encodeWelcome,
  FrameDecoder,
  FrameKind,
  type Introduction,
  nonceBytes,
  ownHello,
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
const introduction: Introduction = {
  identity: identityOf('a'),
  to: 'b-ü',
  lane: 'bulk',
  advertise: 'a.example:7401',
}
const nonce = Buffer.alloc(nonceBytes, 7)
const hello = ownHello(true, nonce)

describe('the handshake', () => {
  test('Hello is decoded as it was; a later version may append to it', () => {
    const { kind, body } = only(encodeHello(hello))
    expect(kind).toBe(FrameKind.hello)
    const decoded = decodeHello(Buffer.concat([body, Buffer.from('more')]))
    expect(decoded).toEqual({ ...hello, nonce: new Uint8Array(nonce) })
  })

  test('of an older Hello the version is known, whatever follows', () => {
    const { body } = only(encodeHello({ ...hello, version: 2 }))
    expect(decodeHello(body)).toEqual({ version: 2, nonce: null })
    expect(decodeHello(body.subarray(0, 6))).toEqual({ version: 2, nonce: null })
  })

  test.each([
    [{ version: 3, oldest: 3 }, 3],
    [{ version: 5, oldest: 3 }, 3],
    [{ version: 5, oldest: 4 }, null],
    [{ version: 2, oldest: 1 }, null],
  ])('with %o the common version is %s', (theirs, common) => expect(commonVersion(theirs)).toBe(common))

  test('other bytes than a Hello are refused', () => {
    const { body } = only(encodeHello(hello))
    expect(() => decodeHello(Buffer.from('GET / HTTP/1.1'))).toThrow(DecodeError)
    for (let length = 0; length < body.length; length++) {
      expect(() => decodeHello(body.subarray(0, length))).toThrow(DecodeError)
    }
  })

  test('an Introduction is decoded as it was', () => {
    const lane = fc.constantFrom(...lanes)
    fc.assert(
      fc.property(identities, name, lane, name, (identity, to, lane, advertise) => {
        const given = { identity, to, lane, advertise }
        const frame = only(encodeIntroduction(given))
        expect(frame.kind).toBe(FrameKind.introduction)
        expect(decodeIntroduction(frame.body)).toEqual(given)
      }),
    )
  })

  test('other bytes than an Introduction are refused', () => {
    const { body } = only(encodeIntroduction(introduction))
    expect(() => decodeIntroduction(Buffer.concat([body, Buffer.of(0)]))).toThrow(DecodeError)
    const at = body.length - 4 - introduction.advertise.length - 1
    expect(() => decodeIntroduction(Buffer.from(body).fill(9, at, at + 1))).toThrow('the lane 9 is unknown')
    for (let length = 0; length < body.length; length++) {
      expect(() => decodeIntroduction(body.subarray(0, length))).toThrow(DecodeError)
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
    'second-process',
    'wrong-tls',
    'wrong-certificate',
    'wrong-secret',
    'removed-member',
    'other-generation',
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
      fc.property(identities, name, (identity, advertise) => {
        const frame = only(encodeWelcome({ identity, advertise }))
        expect(frame.kind).toBe(FrameKind.welcome)
        expect(decodeWelcome(frame.body)).toEqual({ identity, advertise })
      }),
    )
  })
})

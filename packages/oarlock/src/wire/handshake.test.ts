import { DecodeError, lanes } from '@oarlock/runtime'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeHello,
  decodeRefusal,
  encodeHello,
  encodeRefusal,
  encodeWelcome,
  FrameDecoder,
  FrameKind,
  protocolVersion,
  type RefusalReason,
} from './index.ts'

const only = (bytes: Buffer) => new FrameDecoder().push(bytes)[0]!
const hello = { version: protocolVersion, cluster: 'orders', from: 'a', to: 'b-ü', lane: 'bulk' as const }

describe('the handshake', () => {
  test('Hello is decoded as it was', () => {
    const name = fc.string({ unit: 'grapheme' })
    const lane = fc.constantFrom(...lanes)
    fc.assert(
      fc.property(name, name, name, lane, (cluster, from, to, lane) => {
        const given = { version: protocolVersion, cluster, from, to, lane }
        const frame = only(encodeHello(given))
        expect(frame.kind).toBe(FrameKind.hello)
        expect(decodeHello(frame.body)).toEqual(given)
      }),
    )
  })

  test('the version of a Hello of another version is known, whatever follows', () => {
    const { body } = only(encodeHello({ ...hello, version: 9 }))
    const unread = { version: 9, cluster: '', from: '', to: '', lane: 'control' }
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

  test.each<RefusalReason>(['wrong-version', 'wrong-cluster', 'wrong-member', 'unknown-member'])(
    'a refusal has the reason %s and a detail',
    (reason) => {
      const frame = only(encodeRefusal({ reason, detail: 'as it is' }))
      expect(frame.kind).toBe(FrameKind.refused)
      expect(decodeRefusal(frame.body)).toEqual({ reason, detail: 'as it is' })
      expect(() => decodeRefusal(Buffer.from([0, 0, 0, 0, 0]))).toThrow(DecodeError)
    },
  )

  test('Welcome is a frame of its own kind', () => {
    expect(only(encodeWelcome()).kind).toBe(FrameKind.welcome)
  })
})

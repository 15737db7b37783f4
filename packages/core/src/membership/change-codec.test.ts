// Encoding and decoding a membership change.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { leavesJoint, type MembershipChange, MembershipError } from './change.ts'
import { decodeChange, encodeChange } from './change-codec.ts'

const membershipChange: fc.Arbitrary<MembershipChange> = fc.record({
  transition: fc.constantFrom('auto', 'implicit', 'explicit'),
  changes: fc.array(
    fc.record({
      kind: fc.constantFrom('voter', 'learner', 'remove', 'update'),
      // Any text, also ill-formed UTF-16.
      id: fc.oneof(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.constantFrom('käse', '名前', '🦀', '\ud800', '%41', '"\\\n'),
      ),
    }),
    { maxLength: 4 },
  ),
})

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

test('any change is decoded as it was encoded', () => {
  fc.assert(
    fc.property(membershipChange, (change) => {
      expect(decodeChange(encodeChange(change))).toEqual(change)
    }),
  )
})

test('the bytes are JSON in UTF-8', () => {
  const change: MembershipChange = { transition: 'auto', changes: [{ kind: 'voter', id: '🦀-ä' }] }
  expect(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(encodeChange(change)))).toEqual(change)
})

test('a context travels along, and the bytes without one are as they always were', () => {
  const change: MembershipChange = { transition: 'auto', changes: [{ kind: 'update', id: 'a' }] }
  const withContext: MembershipChange = {
    ...change,
    context: { address: 'größer.example:7401', list: [1, null] },
  }
  expect(decodeChange(encodeChange(withContext))).toEqual(withContext)
  expect(new TextDecoder().decode(encodeChange(change))).toBe(
    '{"transition":"auto","changes":[{"kind":"update","id":"a"}]}',
  )
})

test('leaving a joint configuration takes no bytes, and nothing else does', () => {
  fc.assert(
    fc.property(membershipChange, (change) => {
      expect(encodeChange(change).length === 0).toBe(leavesJoint(change))
    }),
  )
})

describe('bytes that are not a change are refused', () => {
  it.each([
    ['no JSON', utf8('voter a')],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['null', utf8('null')],
    ['a number', utf8('7')],
    ['no changes', utf8('{"transition":"auto"}')],
    ['an unknown transition', utf8('{"transition":"now","changes":[]}')],
    ['an unknown kind', utf8('{"transition":"auto","changes":[{"kind":"king","id":"a"}]}')],
    ['an id that is no text', utf8('{"transition":"auto","changes":[{"kind":"voter","id":1}]}')],
    ['a change that is null', utf8('{"transition":"auto","changes":[null]}')],
    ['changes that are no list', utf8('{"transition":"auto","changes":{"length":0}}')],
  ])('%s', (_what, bytes) => {
    expect(() => decodeChange(bytes)).toThrow(MembershipError)
  })

  test('cut short anywhere', () => {
    const bytes = encodeChange({ transition: 'explicit', changes: [{ kind: 'remove', id: '名前' }] })
    for (let end = 1; end < bytes.length; end++)
      expect(() => decodeChange(bytes.slice(0, end))).toThrow(MembershipError)
  })

  test('and damaged ones never make anything but a change or a MembershipError', () => {
    const damaged = fc
      .tuple(
        membershipChange.filter((change) => !leavesJoint(change)),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
      )
      .map(([change, at, flip]) => {
        const bytes = encodeChange(change)
        bytes[at % bytes.length]! ^= flip
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ minLength: 1 })), (bytes) => {
        try {
          const { transition, changes } = decodeChange(bytes)
          expect(['auto', 'implicit', 'explicit']).toContain(transition)
          for (const { kind, id } of changes) {
            expect(['voter', 'learner', 'remove', 'update']).toContain(kind)
            expect(typeof id).toBe('string')
          }
        } catch (error) {
          if (!(error instanceof MembershipError)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})

import { index } from '@oarlock/core'
import type { MemberIdentity } from '@oarlock/runtime'
import { expect, it, test } from 'vitest'
import { FrameDecoder } from './frame-decoder.ts'
import { decodeIntroduction, decodeWelcome, encodeIntroduction, encodeWelcome } from './handshake.ts'
import { membershipText, parseMembership } from './membership-codec.ts'

const membership = {
  version: index(17),
  members: {
    a: { incarnation: 'a1', address: null, awaited: false, isFirst: true },
    d: { incarnation: null, address: 'größer.example:7401', awaited: true, isFirst: false },
  },
  removed: { c: 'c1', b: null },
}
const joins = { address: '10.0.0.4:7401', as: 'voter', replaces: true } as const
const identity: MemberIdentity = {
  id: 'a',
  cluster: 'test',
  incarnation: 'a1',
  starts: { count: 1, recent: ['t'] },
  founders: ['a', 'b', 'c'],
  purpose: 'replication',
  kind: 'full',
  electionTimeout: 500,
}
const bodyOf = (bytes: Buffer): Uint8Array => [...new FrameDecoder().push(bytes)][0]!.body

test('the table of members and the wish to join travel in both directions', () => {
  const shown = { ...identity, membership, joins }
  const sent = { identity: shown, to: 'b', lane: 'control', advertise: '' } as const
  expect(decodeIntroduction(bodyOf(encodeIntroduction(sent)))).toEqual(sent)
  const welcome = { identity: shown, advertise: 'x:1' }
  expect(decodeWelcome(bodyOf(encodeWelcome(welcome)))).toEqual(welcome)
})

test('a cluster that is as it was founded adds no bytes', () => {
  const asFounded = { ...membership, version: index(0), members: { a: membership.members.a! } }
  expect(membershipText({ membership: asFounded })).toBe('')
  expect(parseMembership('')).toEqual({})
})

test.each([{ generation: { number: 2, id: 'ab12' } }, { generation: null }])(
  'so does %o, and the first generation adds no bytes',
  (shown) => {
    expect(parseMembership(membershipText(shown))).toEqual(shown)
    expect(membershipText({ generation: { number: 0, id: '' } })).toBe('')
  },
)

test('a member of the previous version does not say who is a founder', () => {
  const text = membershipText({ membership }).replaceAll(/,"isFirst":(true|false)/gu, '')
  const { members } = parseMembership(text).membership!
  expect(Object.values(members).map(({ isFirst }) => isFirst)).toEqual([false, false])
})

test('somebody that joins is told the addresses, also of a cluster that is as it was founded', () => {
  const asFounded = { ...membership, version: index(0) }
  expect(parseMembership(membershipText({ membership: asFounded }))).toEqual({ membership: asFounded })
})

it.each([
  'null',
  '[]',
  '{',
  '{"membership":3}',
  '{"membership":{"version":-1,"members":{},"removed":{}}}',
  '{"membership":{"version":1,"members":{"a":null},"removed":{}}}',
  '{"membership":{"version":1,"members":{"a":{"incarnation":1,"address":null,"awaited":false}},"removed":{}}}',
  '{"membership":{"version":1,"members":{},"removed":{"a":1}}}',
  '{"joins":{"address":null,"as":"king","replaces":false}}',
  '{"generation":1}',
  '{"generation":{"number":-1,"id":""}}',
  '{"generation":{"number":1}}',
])('%s is refused', (text) => {
  expect(() => parseMembership(text)).toThrow(expect.objectContaining({ code: 'OARLOCK_DECODE' }))
})

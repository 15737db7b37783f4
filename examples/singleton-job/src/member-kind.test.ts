import { expect, test } from 'vitest'
import { type KnownMember, kindOf } from './member-kind.ts'
import type { MemberReport, MembershipReport } from './protocol.ts'

const report = (waits: boolean): MemberReport => ({ waits }) as MemberReport
const member = (more: Partial<KnownMember> = {}): KnownMember => ({
  id: 'b',
  report: report(false),
  kind: 'voter',
  diskLostAt: -1,
  ...more,
})
const membership = (version: number, more: Partial<MembershipReport> = {}): MembershipReport => ({
  version,
  kinds: { a: 'voter', b: 'voter', c: 'voter' },
  isChanging: false,
  ...more,
})

test('a member is what the leader says', () => {
  expect(kindOf(member(), membership(0))).toBe('voter')
  expect(kindOf(member(), membership(7, { kinds: { b: 'learner' } }))).toBe('learner')
  expect(kindOf(member(), membership(7, { kinds: { a: 'voter' } }))).toBe('newcomer')
})

test('a member that lost its disk is a newcomer until the membership has changed, and again a voter at the end', () => {
  const lost = member({ kind: 'newcomer', diskLostAt: 7 })
  const { report: _, ...down } = lost
  expect(kindOf({ ...down, report: null }, membership(7))).toBe('newcomer')
  // Its old self is being removed.
  expect(kindOf(lost, membership(9, { isChanging: true }))).toBe('newcomer')
  expect(kindOf(lost, membership(10, { isChanging: true, kinds: { a: 'voter' } }))).toBe('newcomer')
  expect(kindOf(lost, membership(12, { kinds: { a: 'voter', b: 'learner' } }))).toBe('learner')
  expect(kindOf(lost, membership(14))).toBe('voter')
})

test('a member that waits takes no part, whatever the leader knows of its name', () =>
  expect(kindOf(member({ report: report(true) }), membership(9))).toBe('newcomer'))
test('nothing changes before a leader knows the members', () =>
  expect(kindOf(member({ kind: 'newcomer' }), null)).toBe('newcomer'))

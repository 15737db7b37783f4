import { index, staticVoters } from '@oarlock/core'
import { describe, expect, it } from 'vitest'
import type { ShownMembership } from '../identity/index.ts'
import { foundersTable } from './member-table.ts'
import { addressesOf, peersOf, shownOf } from './shown.ts'

const table = { ...foundersTable(staticVoters(['a', 'b'])), version: index(5) }
const shown = (version: number): ShownMembership => ({
  version: index(version),
  members: {
    a: { incarnation: null, address: null, awaited: false, isFirst: true },
    d: { incarnation: 'd1', address: 'd:1', awaited: false, isFirst: false },
  },
  removed: { b: null },
})

it('shows which members were there from the beginning, and which were taken in', () => {
  const record = table.members.get('a')!
  const members = new Map(table.members).set('d', { ...record, incarnation: 'd1', since: index(5) })
  const { a, d } = shownOf({ ...table, members }, ['a', 'b']).members
  expect([a?.isFirst, d?.isFirst]).toEqual([true, false])
})

describe('the peers of a member', () => {
  it('are those of its table, and those who came later while it catches up', () => {
    expect([...peersOf(table, null).keys()]).toEqual(['a', 'b'])
    expect(Object.fromEntries(peersOf(table, shown(9)))).toEqual({ a: null, b: null, d: 'd:1' })
  })

  it('are those of its table alone once that is as new', () =>
    expect([...peersOf(table, shown(5)).keys()]).toEqual(['a', 'b']))

  it('have the addresses that the cluster knows, or those that this member began with', () =>
    expect(addressesOf(peersOf(table, shown(9)), { a: 'a:1', d: 'old:1' })).toEqual({ a: 'a:1', d: 'd:1' }))
})

import { index, staticVoters } from '@oarlock/core'
import { expect, test } from 'vitest'
import { foundersTable, type TableState } from './member-table.ts'
import { Newcomers } from './newcomers.ts'

const founded = foundersTable(staticVoters(['a', 'b', 'c']))
const withC = (incarnation: string): TableState => {
  const record = { ...founded.members.get('c')!, since: index(9), incarnation }
  return { ...founded, members: new Map(founded.members).set('c', record) }
}
const without = (table: TableState): TableState => {
  const members = new Map(table.members)
  members.delete('c')
  return { ...table, members }
}
const came = (incarnation: string): Newcomers => {
  const newcomers = new Newcomers()
  newcomers.came('c', { incarnation, address: null, kind: 'full', joins: null }, 5)
  return newcomers
}

test('a process that came before another one was taken in under its name is forgotten: it would replace that one', () => {
  const newcomers = came('c2')
  newcomers.tableChanged(withC('c1'), without(withC('c1')))
  expect(newcomers.size).toBe(1)
  newcomers.tableChanged(without(founded), withC('c3'))
  expect(newcomers.size).toBe(0)
})

test('a process that is a member by now is no newcomer, and other changes forget nobody', () => {
  const newcomers = came('c2')
  newcomers.tableChanged(withC('c1'), withC('c1'))
  expect(newcomers.size).toBe(1)
  newcomers.tableChanged(withC('c1'), withC('c2'))
  expect(newcomers.size).toBe(0)
})

test('when a process was heard is known, first and last', () => {
  const newcomers = came('c2')
  const again = (incarnation: string, now: number) => {
    newcomers.came('c', { incarnation, address: null, kind: 'full', joins: null }, now)
    return newcomers.get('c')
  }
  expect(again('c2', 8)).toMatchObject({ firstHeard: 5, lastHeard: 8 })
  expect(again('c3', 9)).toMatchObject({ firstHeard: 9, lastHeard: 9 })
})

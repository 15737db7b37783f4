import { type Entry, index, term } from '@oarlock/core'
import { expect, test } from 'vitest'
import { Machine } from './machine.ts'
import { type Place, payloadOf } from './payload.ts'

let last = 0
const entry = (place: Place | null): Entry => ({
  ...payloadOf(++last, place, new Uint8Array(3)),
  index: index(last),
  term: term(1),
})
const first: Place = { session: 7, sequence: 1 }
const second: Place = { session: 7, sequence: 2 }

test('a command that is repeated in its session changes nothing and gets the same answer', () => {
  const machine = new Machine()
  machine.apply(entry(first))
  const { result } = machine
  machine.apply(entry(null))
  const digest = machine.digest()
  machine.apply(entry(first))
  expect([machine.repeated, machine.result, machine.digest(), machine.index]).toEqual([
    true,
    result,
    digest,
    last,
  ])
})

test('the next command takes effect, and the one before no longer does', () => {
  const machine = new Machine()
  machine.apply(entry(first))
  machine.apply(entry(second))
  expect(machine.repeated).toBe(false)
  machine.apply(entry(first))
  expect([machine.repeated, machine.result]).toEqual([true, undefined])
})

test('a machine restored from a snapshot knows its sessions, and each session has its own numbers', () => {
  const machine = new Machine()
  machine.apply(entry(first))
  const { index, state } = machine
  machine.apply(entry(second))
  const restored = new Machine()
  restored.restore({ index, state })
  restored.apply(entry({ session: 8, sequence: 1 }))
  expect(restored.repeated).toBe(false)
  restored.apply(entry(first))
  expect(restored.repeated).toBe(true)
  restored.apply(entry(second))
  expect(restored.repeated).toBe(false)
})

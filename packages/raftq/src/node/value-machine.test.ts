import { expect, it } from 'vitest'
import { bytesOf } from '../json/index.ts'
import { type Command, encodeCommand, ValueMachine } from './value-machine.ts'

const apply = (machine: ValueMachine, ...commands: Command[]) => {
  for (const command of commands) machine.apply({ type: 'normal', data: encodeCommand(command) })
}
const set = (number: number, value: string, session = 's', start = 1): Command => ({
  type: 'set',
  session,
  start,
  number,
  value,
})

it('holds the last value', () => {
  const machine = new ValueMachine()
  apply(machine, set(1, 'a'), set(2, 'b'), set(1, 'c', 'other'))
  expect(machine.value).toBe('c')
})

it('applies a write once, however often and late it comes', () => {
  const machine = new ValueMachine()
  apply(machine, set(1, 'a'), set(2, 'b'), set(1, 'a'), set(1, 'new life', 's', 2), set(2, 'b'))
  expect(machine.value).toBe('new life')
  expect(machine.holds('s', 1, 9)).toBe(true)
  expect(machine.holds('s', 2, 2)).toBe(false)
})

it('dissolves the cluster only if nothing was acknowledged, and then accepts nothing more', () => {
  const [used, fresh] = [new ValueMachine(), new ValueMachine()]
  apply(used, set(1, 'a'), { type: 'dissolve', into: 'x' }, set(2, 'b'))
  apply(fresh, { type: 'dissolve', into: 'x' }, set(1, 'a'))
  expect([used.dissolvedInto, used.value]).toEqual([null, 'b'])
  expect([fresh.dissolvedInto, fresh.value, fresh.acknowledged]).toEqual(['x', {}, false])
})

it('skips a damaged command, so it cannot stop every member', () => {
  const machine = new ValueMachine()
  for (const text of ['', '{', '1', '{"type":"set"}', '{"type":"set","session":"s","start":1,"number":1}'])
    machine.apply({ type: 'normal', data: bytesOf(text) })
  expect(machine.acknowledged).toBe(false)
})

it('is the same after a restore from its snapshot', () => {
  const [machine, copy] = [new ValueMachine(), new ValueMachine()]
  apply(machine, set(1, 'a'))
  copy.restore(JSON.parse(JSON.stringify(machine.snapshot())))
  apply(copy, set(1, 'again'))
  expect(copy.snapshot()).toEqual(machine.snapshot())
})

import { type Entry, index, type SnapshotMeta, staticVoters, term } from '@oarlock/core'
import { expect, it } from 'vitest'
import { emptyLog } from './document.ts'
import { PersistentState } from './persistent-state.ts'
import { encodeCommand, ValueMachine } from './value-machine.ts'

const configuration = staticVoters(['a~', 'b~', 'c~'])
const entry = (at: number, inTerm = 1): Entry => ({
  term: term(inTerm),
  index: index(at),
  type: 'normal',
  data: encodeCommand({ type: 'set', session: 's', start: 1, number: at, value: at }),
})
const entries = (from: number, to: number, inTerm = 1): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, i) => entry(from + i, inTerm))
const snapshotAt = (at: number, inTerm = 1): SnapshotMeta => ({
  index: index(at),
  term: term(inTerm),
  configuration,
})
/** The state of a machine that has applied everything up to here. */
const stateAt = (at: number): unknown => {
  const machine = new ValueMachine()
  for (const each of entries(1, at)) machine.apply(each)
  return machine.snapshot()
}
const write = (state: PersistentState, written: { entries?: Entry[]; snapshot?: SnapshotMeta }) =>
  state.write({ hardState: null, entries: [], snapshot: null, ...written })
const applied = (...all: Entry[]): PersistentState => {
  const state = new PersistentState(emptyLog)
  write(state, { entries: all })
  for (const each of all) state.apply(each)
  return state
}

it('a document says that applied entries are committed', () => {
  const state = applied(...entries(1, 5))
  expect(state.logState().hardState.commit).toBe(5)
})

it('cuts its log to a snapshot when enough is applied, and no member needs the rest', () => {
  const state = applied(...entries(1, 17))
  state.compact(index(16), () => configuration)
  expect(state.log.firstIndex).toBe(1)
  state.compact(index(17), () => configuration)
  expect(state.logState()).toMatchObject({ snapshot: snapshotAt(17), state: stateAt(17), entries: [] })
})

it('writes and installs each snapshot with the state that came with it, though a newer one came meanwhile', () => {
  const state = applied(entry(1))
  state.receiveSnapshot(snapshotAt(5), stateAt(5))
  state.receiveSnapshot(snapshotAt(9), stateAt(9))
  for (const at of [5, 9]) {
    write(state, { snapshot: snapshotAt(at) })
    expect(state.logState()).toMatchObject({ snapshot: snapshotAt(at), state: stateAt(at), entries: [] })
    state.install(snapshotAt(at))
    expect(state.machine.value).toBe(at)
  }
})

it('keeps the value of the machine until the snapshot is durable', () => {
  const state = applied(entry(1))
  state.receiveSnapshot(snapshotAt(5), stateAt(5))
  write(state, { snapshot: snapshotAt(5) })
  expect(state.machine.value).toBe(1)
})

it('refuses a snapshot without its state, or with a damaged one', () => {
  const state = applied(entry(1))
  expect(() => state.receiveSnapshot(snapshotAt(5), { value: 1 })).toThrow('damaged')
  expect(() => write(state, { snapshot: snapshotAt(5) })).toThrow('no state came with the snapshot at 5')
})

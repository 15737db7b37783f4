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

it('writes and installs each snapshot with the state that came with it, even if a newer one came', () => {
  const state = applied(entry(1))
  const snapshots = [snapshotAt(5), snapshotAt(9)]
  for (const snapshot of snapshots) state.receiveSnapshot(snapshot, stateAt(snapshot.index))
  for (const snapshot of snapshots) {
    write(state, { snapshot })
    expect(state.logState()).toMatchObject({ snapshot, state: stateAt(snapshot.index), entries: [] })
    state.install(snapshot)
    expect(state.machine.value).toBe(snapshot.index)
  }
})

it('keeps the value of the machine until the snapshot is durable', () => {
  const state = applied(entry(1))
  const snapshot = snapshotAt(5)
  state.receiveSnapshot(snapshot, stateAt(5))
  write(state, { snapshot })
  expect(state.machine.value).toBe(1)
})

it('refuses a snapshot without its state, or with a damaged one', () => {
  const state = applied(entry(1))
  const snapshot = snapshotAt(5)
  expect(() => state.receiveSnapshot(snapshot, { value: 1 })).toThrow('damaged')
  expect(() => write(state, { snapshot })).toThrow('no state came with the snapshot at 5')
})

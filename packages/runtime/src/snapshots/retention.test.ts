import { index, MemoryLog, staticVoters, term } from '@oarlock/core'
import { expect, it } from 'vitest'
import type { StoredSnapshot } from '../ports/index.ts'
import { isAwaited, placeToCompactTo, toRemove, usable } from './retention.ts'

const storedAt = (at: number, inTerm = 1): StoredSnapshot => ({
  meta: { index: index(at), term: term(inTerm), configuration: staticVoters(['a']) },
  size: 1,
  digest: `${at}`,
})

/** A log with entries of term 1 from `after` + 1 to `last`. */
function logOf(after: number, last: number): MemoryLog {
  const log = new MemoryLog(after === 0 ? null : storedAt(after).meta)
  for (let at = after + 1; at <= last; at++)
    log.append([{ index: index(at), term: term(1), type: 'normal', data: new Uint8Array(0) }])
  return log
}

const placesOf = (snapshots: readonly StoredSnapshot[]): number[] => snapshots.map(({ meta }) => meta.index)

it('a snapshot counts if the log goes on from it', () => {
  const stored = [storedAt(9), storedAt(8, 2), storedAt(7), storedAt(3), storedAt(2)]
  expect(placesOf(usable(stored, logOf(3, 8)))).toEqual([7, 3])
})

it('a snapshot that has arrived is awaited until the log has its place, also behind entries of another term', () => {
  const log = logOf(3, 8)
  const awaited = [storedAt(12), storedAt(8, 2), storedAt(8), storedAt(3), storedAt(2)]
  expect(placesOf(awaited.filter((snapshot) => isAwaited(snapshot, log)))).toEqual([12, 8])
})

it('the log is kept from the older of two on, and whole while there is one', () => {
  expect(placeToCompactTo([storedAt(9), storedAt(5), storedAt(3)], 2, null)?.index).toBe(5)
  expect(placeToCompactTo([storedAt(9)], 2, null)).toBeNull()
})

it('removed is what the log does not go on from, and what is older than two, unless it is in use', () => {
  const stored = [storedAt(20), storedAt(8), storedAt(7), storedAt(5), storedAt(2)]
  const removed = (inUse: number): number[] =>
    placesOf(toRemove(stored, logOf(3, 9), 2, ({ meta }) => meta.index === inUse))
  expect(removed(0)).toEqual([20, 5, 2])
  expect(removed(20)).toEqual([5, 2])
  expect(removed(5)).toEqual([20, 2])
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvariantError } from '../invariant.ts'
import { type Entry, index, term } from '../types.ts'
import { RaftLog } from './log.ts'
import { conflictFreeSuffix, followerCommit, lastPlaceOfTermAtMost, mayCommitAt } from './match.ts'
import { MemoryLog } from './memory-log.ts'

const entry = (i: number, t: number, size = 1): Entry => ({
  index: index(i),
  term: term(t),
  type: 'normal',
  data: new Uint8Array(size),
})
const entriesOf = (from: number, ...terms: number[]) => terms.map((t, i) => entry(from + i, t))
const limits = { maxApplyingBytes: 1000, applyUnstable: false }

function logOf(...terms: number[]): { log: RaftLog; disk: MemoryLog } {
  const disk = new MemoryLog()
  disk.append(entriesOf(1, ...terms))
  return { log: new RaftLog(disk, index(0), limits), disk }
}

const termsOf = (log: RaftLog) =>
  (log.slice(index(1), index(log.lastIndex + 1), Infinity) ?? []).map((e) => e.term)

describe('the log while its tail is being written', () => {
  it('replaces durable entries at once, in the view', () => {
    const { log } = logOf(1, 1, 2)
    log.append(entriesOf(2, 3, 3, 3))
    expect(termsOf(log)).toEqual([1, 3, 3, 3])
    expect(log.durableIndex).toBe(1)
  })

  it('refuses to replace a committed entry', () => {
    const { log } = logOf(1, 1, 2)
    log.commitTo(index(2))
    expect(() => log.append(entriesOf(2, 3))).toThrow(InvariantError)
  })

  it('does not let a late confirmation make replaced entries durable (A, B, A)', () => {
    const { log } = logOf()
    log.append(entriesOf(1, 1, 1))
    log.takeUnstable()
    log.append(entriesOf(1, 2, 2))
    log.stableTo({ index: index(2), term: term(1) })
    expect(log.durableIndex).toBe(0)
    log.takeUnstable()
    log.stableTo({ index: index(2), term: term(2) })
    expect(log.durableIndex).toBe(2)
  })

  it('hands out committed entries only when they are durable, each once', () => {
    const { log, disk } = logOf()
    log.append(entriesOf(1, 1, 1))
    log.commitTo(index(2))
    expect(log.takeCommitted()).toEqual([])
    disk.append(log.takeUnstable())
    log.stableTo({ index: index(2), term: term(1) })
    expect(log.takeCommitted().map((e) => e.index)).toEqual([1, 2])
    expect(log.takeCommitted()).toEqual([])
  })

  it('limits the bytes that are being applied, and goes on when they are confirmed', () => {
    const disk = new MemoryLog()
    disk.append([entry(1, 1, 600), entry(2, 1, 600), entry(3, 1, 600)])
    const log = new RaftLog(disk, index(0), limits)
    log.commitTo(index(3))
    expect(log.takeCommitted().map((e) => e.index)).toEqual([1])
    expect(log.hasCommitted).toBe(false)
    expect(log.appliedTo(index(1))).toBe(600)
    expect(log.takeCommitted().map((e) => e.index)).toEqual([2])
  })

  it('counts what is applied entry by entry, also of entries that were handed out together', () => {
    const disk = new MemoryLog()
    disk.append([entry(1, 1, 300), entry(2, 1, 200), entry(3, 1, 100), entry(4, 1, 900)])
    const log = new RaftLog(disk, index(0), limits)
    log.commitTo(index(4))
    expect(log.takeCommitted().map((e) => e.index)).toEqual([1, 2, 3])
    expect([log.appliedTo(index(1)), log.appliedTo(index(1)), log.appliedTo(index(3))]).toEqual([300, 0, 300])
    expect(log.takeCommitted().map((e) => e.index)).toEqual([4])
  })

  it('refuses that an entry is applied that was never handed out', () => {
    const { log } = logOf(1, 1, 1)
    log.commitTo(index(2))
    log.takeCommitted()
    expect(() => log.appliedTo(index(3))).toThrow(InvariantError)
    expect(log.applied).toBe(0)
    log.appliedTo(index(2))
    expect(log.applied).toBe(2)
  })

  it('counts the bytes of data: an empty entry has none', () => {
    const { log } = logOf()
    log.append([entry(1, 1, 10), entry(2, 1, 0), entry(3, 1, 1)])
    expect(log.slice(index(1), index(4), 10)?.map((e) => e.index)).toEqual([1, 2])
  })

  it('reads as one list, whatever is durable (model)', () => {
    const step = fc.record({
      at: fc.nat(8),
      terms: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 4 }),
      write: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { log, disk } = logOf()
        let model: number[] = []
        for (const { at, terms, write } of steps) {
          const from = Math.min(at, model.length)
          if (terms.length > 0) {
            log.append(entriesOf(from + 1, ...terms))
            model = [...model.slice(0, from), ...terms]
          }
          if (write && log.hasUndurable) {
            const last = log.last
            disk.append(log.takeUnstable())
            log.stableTo(last)
          }
          expect(termsOf(log)).toEqual(model)
        }
      }),
    )
  })
})

describe('log matching', () => {
  it('conflictFreeSuffix leaves existing entries alone', () => {
    const { log } = logOf(1, 1, 2, 2)
    expect(conflictFreeSuffix(log, entriesOf(2, 1, 2))).toEqual([])
    expect(conflictFreeSuffix(log, entriesOf(2, 1, 3, 3)).map((e) => e.index)).toEqual([3, 4])
    expect(conflictFreeSuffix(log, entriesOf(4, 2, 2)).map((e) => e.index)).toEqual([5])
  })

  it('followerCommit never goes beyond the message', () => {
    expect(followerCommit(index(9), index(4))).toBe(4)
    expect(followerCommit(index(3), index(4))).toBe(3)
  })

  it('mayCommitAt counts replicas only for entries of the current term (figure 8)', () => {
    expect(mayCommitAt(term(2), term(4))).toBe(false)
    expect(mayCommitAt(term(4), term(4))).toBe(true)
    expect(mayCommitAt(undefined, term(4))).toBe(false)
  })

  it('lastPlaceOfTermAtMost goes back a term at a time', () => {
    const { log } = logOf(1, 3, 3, 3, 5, 5)
    expect(lastPlaceOfTermAtMost(log, index(6), term(2))).toEqual({ index: 1, term: 1 })
    expect(lastPlaceOfTermAtMost(log, index(6), term(4))).toEqual({ index: 4, term: 3 })
    expect(lastPlaceOfTermAtMost(log, index(0), term(4))).toEqual({ index: 0, term: 0 })
  })
})

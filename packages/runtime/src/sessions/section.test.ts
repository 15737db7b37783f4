import { index } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it } from 'vitest'
import type { ByteSource } from '../ports/index.ts'
import { LeaderTime } from '../proposals/index.ts'
import { sessionsSection } from './section.ts'
import { SessionTable } from './table.ts'

const newState = () => {
  const table = new SessionTable()
  const core = { role: 'follower', term: 1, applied: 0, termStart: 0 } as never
  const leaderTime = new LeaderTime(core, new FakeClock())
  return { table, leaderTime, section: sessionsSection(table, leaderTime) }
}

/** The same bytes in small pieces; then the failure, if there is one. */
function inPieces(source: ByteSource, failure: Error | null = null): ByteSource {
  const pieces: Uint8Array[] = []
  source.next((_, bytes) => {
    for (let at = 0; at < bytes!.length; at += 3) pieces.push(bytes!.subarray(at, at + 3))
  })
  return {
    next: (got) =>
      pieces.length > 0 || failure === null ? got(null, pieces.shift() ?? null) : got(failure, null),
    cancel() {},
  }
}

it('the section of sessions has the table and leader time as they were when it was taken', () => {
  const { table, leaderTime, section } = newState()
  table.open(index(4), 100, 0)
  table.keep({ session: 4, number: 1, acknowledged: 1 }, Uint8Array.of(7))
  leaderTime.advance(60)
  const taken = section.take()
  table.close(4)
  leaderTime.advance(90)
  const other = newState()
  other.table.open(index(1), 1, 0)
  const outcomes: (Error | null)[] = []
  other.section.restore(inPieces(taken), 0, (failure) => outcomes.push(failure))
  expect(outcomes).toEqual([null])
  expect(other.leaderTime.latest).toBe(60)
  expect(other.table.begin({ session: 4, number: 1, acknowledged: 1 }, 60)).toEqual({
    answer: Uint8Array.of(7),
  })
  expect(other.table.size).toBe(1)
  other.section.reset()
  expect([other.table.size, other.leaderTime.latest]).toEqual([0, 0])
})

it('reports damage, and what its source reports', () => {
  const { section } = newState()
  const outcomes: (Error | null)[] = []
  const note = (failure: Error | null) => outcomes.push(failure)
  const broken = new Error('broken')
  section.restore(inPieces(section.take(), broken), 0, note)
  section.restore({ next: (got) => got(null, null), cancel() {} }, 0, note)
  expect(outcomes).toEqual([broken, expect.objectContaining({ code: 'OARLOCK_SNAPSHOT_DAMAGED' })])
})

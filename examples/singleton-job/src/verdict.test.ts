import { describe, expect, test } from 'vitest'
import type { LeadershipInterval } from './leaderships.ts'
import { type Kill, type Replacement, recoveries, spread } from './recoveries.ts'
import { type Findings, judge } from './verdict.ts'
import { verdictText } from './words.ts'

const led = (fence: number, from: number, until: number): LeadershipInterval => ({
  member: `member-${fence}`,
  session: 1,
  fence,
  from,
  until,
  ended: null,
})
const kill = (fence: number, at: number, signal: Kill['signal'] = 'SIGKILL'): Kill => ({
  at,
  member: `member-${fence}`,
  fence,
  signal,
})

const lostDisk = (took: number | null): Replacement => ({ member: 'member-1', at: 4000, took })

const leaderships = [led(1, 0, 1000), led(2, 1300, 3000), led(5, 3350, 9000)]
const good: Findings = {
  session: {
    ending: 'the input has ended',
    failure: null,
    converged: true,
    position: 12_000,
    snapshot: 11_900,
    recoveries: recoveries([kill(1, 900), kill(2, 2900, 'SIGSTOP')], leaderships),
    replacements: [lostDisk(800), lostDisk(700.01)],
    elapsed: 9000.4,
  },
  audit: { out: 12_000, duplicates: 0, gaps: 0, disorder: 0, altered: 0, foreign: 0, fenceDecreases: 0 },
  leaderships,
  total: 12_000,
}

describe('the verdict', () => {
  test('holds when nothing is wrong', () => {
    expect(judge(good)).toEqual({
      holds: true,
      faults: [],
      ending: 'the input has ended',
      records: { in: 12_000, out: 12_000, total: 12_000 },
      duplicates: 0,
      gaps: 0,
      disorder: 0,
      altered: 0,
      foreign: 0,
      overlap: 0,
      leaderships: { count: 3, greatestFence: 5 },
      kills: { count: 2, SIGKILL: 1, SIGSTOP: 1, recovered: 2 },
      failover: { min: 400, median: 425, max: 450 },
      replacements: { count: 2, done: 2, took: { min: 700.1, median: 750.1, max: 800 } },
      snapshot: 11_900,
      elapsed: 9000,
    })
  })

  test('holds for an empty input without any kill', () => {
    const audit = { ...good.audit, out: 0 }
    const verdict = judge({
      ...good,
      total: 0,
      audit,
      session: { ...good.session, position: 0, recoveries: [], replacements: [] },
    })
    expect(verdict).toMatchObject({ holds: true, failover: null, replacements: { count: 0, took: null } })
  })

  test.each(['duplicates', 'gaps', 'disorder', 'altered', 'foreign', 'fenceDecreases'] as const)(
    'reports %s',
    (what) => {
      const verdict = judge({ ...good, audit: { ...good.audit, [what]: 1 } })
      expect(verdict.holds).toBe(false)
      expect(verdict.faults).toHaveLength(1)
    },
  )

  test('reports two leaders, even for a microsecond', () => {
    const verdict = judge({ ...good, leaderships: [led(1, 0, 1000.001), led(2, 1000, 2000)] })
    expect(verdict).toMatchObject({ holds: false, overlap: 0.1 })
  })

  test('reports a fence that was used twice', () => {
    expect(judge({ ...good, leaderships: [led(2, 0, 1), led(2, 2, 3)] }).holds).toBe(false)
  })

  test('reports a kill without a recovery', () => {
    const verdict = judge({
      ...good,
      session: { ...good.session, recoveries: recoveries([kill(1, 900), kill(5, 8000)], leaderships) },
    })
    expect(verdict).toMatchObject({ holds: false, kills: { count: 2, recovered: 1 } })
  })

  test('reports a member that lost its disk and was not replaced', () => {
    const replacements = [lostDisk(800), lostDisk(null)]
    const verdict = judge({ ...good, session: { ...good.session, replacements } })
    expect(verdict).toMatchObject({ holds: false, replacements: { count: 2, done: 1 } })
  })

  test('reports members that did not converge', () => {
    expect(judge({ ...good, session: { ...good.session, converged: false } }).holds).toBe(false)
  })

  test('reports why the session failed', () => {
    const verdict = judge({
      ...good,
      session: { ...good.session, converged: false, failure: 'member-2: the disk is full' },
    })
    expect(verdict).toMatchObject({ holds: false, faults: ['member-2: the disk is full'] })
  })

  test('is printed in words, with every figure', () => {
    const words = verdictText(judge(good), (_, text) => text)
    for (const part of [
      'holds',
      '12,000 in, 12,000 out',
      'duplicates 0, gaps 0',
      '0 ms',
      '2 recovered',
      'min 400 ms, median 425 ms, max 450 ms',
      '2, 2 members replaced',
      'min 700 ms, median 750 ms, max 800 ms until they voted again',
    ])
      expect(words).toContain(part)
    const bad = verdictText(judge({ ...good, audit: { ...good.audit, gaps: 3 } }), (_, text) => text)
    expect(bad).toContain('does not hold')
    expect(bad).toContain('3 records did not come out')
  })
})

describe('recoveries', () => {
  test('last until the next leadership of any member', () => {
    expect(recoveries([kill(2, 2900)], leaderships)[0]).toMatchObject({ took: 450, next: { fence: 5 } })
  })

  test('take no time if there is a newer leadership already', () => {
    expect(recoveries([kill(1, 1500)], leaderships)[0]!.took).toBe(0)
  })
})

describe('a spread', () => {
  test('of no values is null', () => expect(spread([])).toBeNull())
  test('has the middle value, or the mean of the middle two', () => {
    expect(spread([30, 10, 20])).toEqual({ min: 10, median: 20, max: 30 })
    expect(spread([4, 1, 2, 3])).toEqual({ min: 1, median: 2.5, max: 4 })
  })
})

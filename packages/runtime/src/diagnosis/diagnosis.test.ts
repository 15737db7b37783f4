import { index, type ProgressView, type RaftView } from '@oarlock/core'
import { FakeClock } from '@oarlock/test-support/fake-clock'
import { expect, it, vi } from 'vitest'
import { Diagnosis } from './diagnosis.ts'

/** A leader with one follower, whose progress the test says. */
function leader() {
  const clock = new FakeClock()
  const warn = vi.fn<(fields: object, message: string) => void>()
  let progress: Partial<ProgressView> = {}
  const view = (): RaftView => {
    const b = { match: index(99), state: 'probe', answeredSentAt: clock.now(), ...progress } as ProgressView
    const seen: Partial<RaftView> = {
      id: 'a',
      role: 'leader',
      leader: 'a',
      now: clock.now(),
      electionTimeout: 500,
      lastIndex: index(99),
      progress: new Map([['b', b]]),
    }
    return seen as RaftView
  }
  const diagnosis = new Diagnosis({
    id: 'a',
    members: () => ['a', 'b'],
    founding: 'all',
    electionTimeout: 500,
    clock,
    logger: { debug() {}, info() {}, warn, error() {} },
    state: () => 'running',
    failure: () => undefined,
    view,
    awaited: () => [],
    links: () => new Map(),
    joining: () => null,
    seeds: () => new Map(),
    lacksState: () => null,
  })
  diagnosis.start()
  return {
    diagnosis,
    clock,
    lines: () => warn.mock.calls.map(([, message]) => message),
    show: (b: Partial<ProgressView>) => {
      progress = b
      for (let passed = 0; passed < 10_000; passed += 500) clock.advance(500)
    },
  }
}

it('a follower that cannot be brought up to date is named once in the log, until it is well again', () => {
  const { diagnosis, lines, show } = leader()
  show({ match: index(41) })
  const behind = expect.stringMatching(/^b answers a, but its log has not grown beyond entry 41 for 5\.0 s/)
  expect(lines()).toEqual([behind])
  expect(diagnosis.problems()).toMatchObject([{ kind: 'stuck-follower', node: 'b' }])
  show({ match: index(99) })
  expect(diagnosis.problems()).toEqual([])
  show({ match: index(99), hasLostEntries: true })
  expect(lines()).toEqual([behind, expect.stringMatching(/^b refuses entry 99, which it has acknowledged/)])
})

it('it looks at the member until it is stopped', () => {
  const { diagnosis, clock } = leader()
  expect(clock.timers).toBe(1)
  clock.advance(500)
  expect(clock.timers).toBe(1)
  diagnosis.stop()
  expect(clock.timers).toBe(0)
})
